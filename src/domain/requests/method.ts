/* Methods and statuses as one small number, the smallest thing that figures are kept apart by. */

/** Their places are written in stored rows: names may be added before the last one's use, never moved. The first stands
 * for a request whose log does not say; what is not in the list counts as OTHER. */
const METHODS = [
  ...["", "OTHER", "GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"],
  ...["PROPFIND", "PROPPATCH", "MKCOL", "COPY", "MOVE", "LOCK", "UNLOCK", "PURGE", "QUERY"],
];
const OTHER = 1;
const INDEX = new Map(METHODS.map((method, i) => [method, i]));

/** `2200` for GET and 200. */
export const codeOf = (method: string | undefined, status: number): number =>
  (INDEX.get(method ?? "") ?? OTHER) * 1_000 + status;

export const statusOf = (code: number): number => code % 1_000;

/** Empty where the log does not say. */
export const methodOf = (code: number): string => METHODS[Math.floor(code / 1_000)] ?? (METHODS[OTHER] as string);

/** Which codes a question is about; a method that is none of the list has never been counted by itself. */
export interface CodeFilter {
  method?: string | undefined;
  status?: number | undefined;
}

export function accepts({ method, status }: CodeFilter, code: number): boolean {
  if (status !== undefined && status !== code % 1_000) return false;
  return method === undefined || (INDEX.get(method) ?? OTHER) === Math.floor(code / 1_000);
}

export const countedMethod = (method: string | undefined): string =>
  METHODS[INDEX.get(method ?? "") ?? OTHER] as string;
