/* The shape of the last prices. A canvas, because a table of forty redraws many times a second; decoration for the
 * figures beside it, so it has no words of its own. */
import { useLayoutEffect, useRef } from "preact/hooks";
import { colour, isDark } from "../ui/theme";

const WIDTH = 120;
const HEIGHT = 28;
const PAD = 3;

interface SparklineProps {
  points: number[];
  dimmed: boolean;
}

/** Colours are read from the style sheet once per theme: doing it per drawing would force a style calculation each. */
let palette: { dark: boolean; up: string; down: string; dim: string } | undefined;
function paletteNow() {
  const dark = isDark.value;
  if (palette?.dark !== dark) palette = { dark, up: colour("up"), down: colour("down"), dim: colour("faint") };
  return palette;
}

function draw(canvas: HTMLCanvasElement, points: number[], stroke: string): void {
  const scale = window.devicePixelRatio || 1;
  if (canvas.width !== WIDTH * scale) {
    canvas.width = WIDTH * scale;
    canvas.height = HEIGHT * scale;
  }
  const context = canvas.getContext("2d");
  if (context === null) return;
  context.setTransform(scale, 0, 0, scale, 0, 0);
  context.clearRect(0, 0, WIDTH, HEIGHT);
  if (points.length < 2) return;
  const min = Math.min(...points);
  const span = Math.max(...points) - min;
  const x = (i: number) => PAD + (i / (points.length - 1)) * (WIDTH - 2 * PAD);
  const y = (p: number) => (span === 0 ? HEIGHT / 2 : HEIGHT - PAD - ((p - min) / span) * (HEIGHT - 2 * PAD));
  context.beginPath();
  for (const [i, point] of points.entries()) context.lineTo(x(i), y(point));
  context.strokeStyle = stroke;
  context.lineWidth = 1.5;
  context.lineJoin = "round";
  context.stroke();
  context.beginPath();
  context.arc(x(points.length - 1), y(points.at(-1) ?? 0), 2, 0, 2 * Math.PI);
  context.fillStyle = stroke;
  context.fill();
}

export function Sparkline({ points, dimmed }: SparklineProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const { up, down, dim } = paletteNow();
  const stroke = dimmed ? dim : (points.at(-1) ?? 0) >= (points[0] ?? 0) ? up : down;
  useLayoutEffect(() => {
    if (canvas.current !== null) draw(canvas.current, points, stroke);
  }, [points, stroke]);
  return <canvas class="sparkline" ref={canvas} style={{ width: `${WIDTH}px`, height: `${HEIGHT}px` }} />;
}
