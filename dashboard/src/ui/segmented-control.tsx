/* A choice of few, side by side. */
import type { ComponentChildren } from "preact";

interface SegmentedControlProps<T extends string | number> {
  /** What is chosen, for those who do not see it. */
  legend: string;
  /** Of the group: unique in the page. */
  name: string;
  options: readonly T[];
  chosen: T;
  choose(option: T): void;
  /** What an option is called; without it, by its own name. */
  label?: (option: T) => ComponentChildren;
  /** What the page calls it, beside its own class. */
  class?: string;
  /** Why an option cannot be chosen. */
  obstacle?: (option: T) => string | undefined;
}

export function SegmentedControl<T extends string | number>(props: SegmentedControlProps<T>) {
  const { legend, name, options, chosen, choose, label, obstacle } = props;
  return (
    <fieldset class={`segmented ${props.class ?? ""}`}>
      <legend class="visually-hidden">{legend}</legend>
      {options.map((option) => {
        const why = obstacle?.(option);
        return (
          <label key={option} title={why}>
            <input
              type="radio"
              name={name}
              checked={option === chosen}
              disabled={why !== undefined}
              onChange={() => choose(option)}
            />
            <span>{label === undefined ? option : label(option)}</span>
          </label>
        );
      })}
    </fieldset>
  );
}
