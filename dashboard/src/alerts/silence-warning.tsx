/* Nothing was heard for too long: nobody must take the quiet of this page for the quiet outside. */
import { WarningIcon } from "../ui/icons";
import { lastSign } from "./life";
import { localMoment } from "./moments";
import { signs, silent } from "./store";

/** The region is always there: screen readers announce what comes into it, at once. */
export function SilenceWarning() {
  const at = lastSign(signs.value);
  return (
    <div class="silence" aria-live="assertive" aria-atomic="true">
      {silent.value && (
        <div class="silence-box" data-silence>
          <WarningIcon />
          <div>
            <p class="silence-title">Alerts may not be reaching you</p>
            <p>
              {at === undefined
                ? `Nothing was heard since this page was opened at ${localMoment(signs.value.since)}.`
                : `Last heard at ${localMoment(at)}.`}{" "}
              Use another source: radio, sirens, the authorities’ own channels.{" "}
              <span class="wide-only">What is shown below may be over, and what is not shown may have begun.</span>
            </p>
          </div>
        </div>
      )}
    </div>
  );
}
