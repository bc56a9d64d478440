/* What a person has chosen for alerts, kept on this device. */
import { stored, storedYes } from "../ui/stored";
import { EVERYTHING, type Filter, isEverything, readFilter } from "./filter";

export const filter = stored<Filter>("tidings.alerts.filter", EVERYTHING, readFilter, (chosen) =>
  isEverything(chosen) ? undefined : JSON.stringify(chosen),
);

export const wantsSound = storedYes("tidings.alerts.sound");
export const wantsNotifications = storedYes("tidings.alerts.notifications");
/** Drills are silent unless somebody practises. */
export const wantsDrills = storedYes("tidings.alerts.drills");
