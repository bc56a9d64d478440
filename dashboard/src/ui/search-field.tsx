/* What somebody looks for in a list. */

interface SearchFieldProps {
  id: string;
  /** For those who do not see the placeholder. */
  label: string;
  placeholder: string;
  value: string;
  change(text: string): void;
}

export function SearchField({ id, label, placeholder, value, change }: SearchFieldProps) {
  return (
    <>
      <label class="visually-hidden" for={id}>
        {label}
      </label>
      <input
        id={id}
        type="search"
        placeholder={placeholder}
        autocomplete="off"
        spellcheck={false}
        value={value}
        onInput={(event) => change(event.currentTarget.value)}
      />
    </>
  );
}
