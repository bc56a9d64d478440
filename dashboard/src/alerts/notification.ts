/* The system's notifications, where the person has allowed them to this page. */
import { effect, signal } from "@preact/signals";
import { wantsNotifications } from "./choices";

/** `refused`: the person told the browser no, and only there it can be changed. */
export const notifications = signal<"off" | "on" | "refused" | "missing">("off");

const exists = "Notification" in globalThis;

function report(): void {
  if (!exists) notifications.value = "missing";
  else if (Notification.permission === "denied") notifications.value = "refused";
  else notifications.value = wantsNotifications.value.peek() && Notification.permission === "granted" ? "on" : "off";
}

/** Called once, by the page's entry. */
export function startNotifications(): void {
  effect(() => {
    void wantsNotifications.value.value;
    report();
  });
}

export async function allowNotifications(): Promise<void> {
  if (!exists) return;
  const permission = await Notification.requestPermission();
  wantsNotifications.choose(permission === "granted");
  report();
}

interface Note {
  title: string;
  body: string;
  /** One tag is one notification, over all tabs of this page. */
  tag: string;
  stays: boolean;
}

export function notify({ title, body, tag, stays }: Note): void {
  if (notifications.peek() !== "on") return;
  try {
    const note = new Notification(title, { body, tag, dir: "auto", requireInteraction: stays, icon: "/favicon.svg" });
    note.onclick = () => {
      window.focus();
      note.close();
    };
  } catch {
    // Some phones show notifications only for installed pages.
    notifications.value = "missing";
  }
}
