/* How one wants to be told: each way only after a press of its button. */
import type { ComponentChildren } from "preact";
import { patternOf } from "./bell";
import { wantsDrills, wantsNotifications, wantsSound } from "./choices";
import { NotifyIcon, SilentIcon, SoundIcon } from "./icons";
import { allowNotifications, notifications } from "./notification";
import { play, sound } from "./sound";

interface ToggleButtonProps {
  isOn: boolean;
  tone?: "waiting";
  isDisabled?: boolean;
  onPress(): void;
  children: ComponentChildren;
}

function ToggleButton({ isOn, tone, isDisabled, onPress, children }: ToggleButtonProps) {
  return (
    <button
      type="button"
      class={`button toggle-button ${isOn ? "pressed" : ""} ${tone ?? ""}`}
      aria-pressed={isOn}
      disabled={isDisabled ?? false}
      onClick={onPress}
    >
      {children}
    </button>
  );
}

const SOUND_WORDS = {
  off: "Sound off",
  on: "Sound on",
  waiting: "Sound waits: touch the page",
  missing: "No sound on this device",
};

/** Pressing it makes the sound once: one hears that it works, and how loud. */
function SoundToggle() {
  const press = () => {
    // A press wakes a sound that waits; only then does another one turn it off.
    if (sound.value !== "waiting") wantsSound.choose(!wantsSound.value.value);
    void play(patternOf({ severity: "moderate", drill: false }));
  };
  return (
    <ToggleButton
      isOn={wantsSound.value.value}
      {...(sound.value === "waiting" ? { tone: "waiting" as const } : {})}
      isDisabled={sound.value === "missing"}
      onPress={press}
    >
      {sound.value === "on" ? <SoundIcon /> : <SilentIcon />}
      {SOUND_WORDS[sound.value]}
    </ToggleButton>
  );
}

const NOTIFY_WORDS = {
  off: "Notifications off",
  on: "Notifications on",
  refused: "Notifications are refused in the browser",
  missing: "No notifications in this browser",
};

function NotifyToggle() {
  const state = notifications.value;
  const press = () => {
    if (state === "on") wantsNotifications.choose(false);
    else void allowNotifications();
  };
  return (
    <ToggleButton isOn={state === "on"} isDisabled={state === "refused" || state === "missing"} onPress={press}>
      <NotifyIcon />
      {NOTIFY_WORDS[state]}
    </ToggleButton>
  );
}

export function Toggles() {
  const isTold = wantsSound.value.value || notifications.value === "on";
  return (
    <fieldset class="toggles">
      <legend class="visually-hidden">How to be told of a new alert</legend>
      <SoundToggle />
      <NotifyToggle />
      {isTold && (
        <label class="check">
          <input
            type="checkbox"
            checked={wantsDrills.value.value}
            onChange={(event) => wantsDrills.choose(event.currentTarget.checked)}
          />
          for drills too
        </label>
      )}
    </fieldset>
  );
}
