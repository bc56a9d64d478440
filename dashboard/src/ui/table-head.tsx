/* The head of a table whose columns are texts first and numbers after. */

interface TableHeadProps {
  names: readonly string[];
  /** So many columns are texts, the others are numbers; without it all are texts. */
  texts?: number;
}

export function TableHead({ names, texts = names.length }: TableHeadProps) {
  return (
    <thead>
      <tr>
        {names.map((name, i) => (
          <th key={name} scope="col" class={i < texts ? "" : "number"}>
            {name}
          </th>
        ))}
      </tr>
    </thead>
  );
}
