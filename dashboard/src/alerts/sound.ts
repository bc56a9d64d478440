/* The sound of an alert, made here: nothing to load, nothing that can be missing. A browser makes no sound before the
 * person has touched the page; until then the page says so. */
import { effect, signal } from "@preact/signals";
import type { Tone } from "./bell";
import { wantsSound } from "./choices";

/** `waiting`: chosen, but the browser wants a touch first. */
export const sound = signal<"off" | "waiting" | "on" | "missing">("off");

const LOUD = 0.35;
const FADE_S = 0.015;
const EVENTS = ["pointerdown", "keydown"] as const;

let context: AudioContext | undefined;

function report(): void {
  if (!wantsSound.value.peek()) sound.value = "off";
  else if (context === undefined) sound.value = "missing";
  else sound.value = context.state === "running" ? "on" : "waiting";
}

function ready(): AudioContext | undefined {
  try {
    context ??= new AudioContext();
  } catch {
    // No audio on this device.
  }
  return context;
}

function wake(): void {
  if (wantsSound.value.peek() && context?.state !== "running") void context?.resume().then(report, report);
}

/** Called once, by the page's entry. */
export function startSound(): void {
  for (const event of EVENTS) addEventListener(event, wake, { capture: true });
  effect(() => {
    if (wantsSound.value.value) ready()?.addEventListener("statechange", report);
    report();
  });
}

/** Resolves when it sounds, or is known not to. */
export async function play(tones: readonly Tone[]): Promise<void> {
  const audio = wantsSound.value.peek() ? ready() : undefined;
  if (audio === undefined) return;
  // Where it stays suspended nothing sounds later either: an alarm that comes when it is over helps nobody.
  if (audio.state !== "running") await Promise.race([audio.resume(), new Promise((done) => setTimeout(done, 500))]);
  report();
  if (audio.state !== "running") return;
  for (const tone of tones) sing(audio, tone);
}

function sing(audio: AudioContext, { pitch, at, lasts }: Tone): void {
  const from = audio.currentTime + at;
  const volume = audio.createGain();
  volume.gain.setValueAtTime(0, from);
  volume.gain.linearRampToValueAtTime(LOUD, from + FADE_S);
  volume.gain.setValueAtTime(LOUD, from + lasts - FADE_S);
  volume.gain.linearRampToValueAtTime(0, from + lasts);
  volume.connect(audio.destination);
  const voice = audio.createOscillator();
  // Richer than a sine: small loudspeakers, and ears that no longer hear high tones.
  voice.type = "triangle";
  voice.frequency.value = pitch;
  voice.connect(volume);
  voice.start(from);
  voice.stop(from + lasts);
}
