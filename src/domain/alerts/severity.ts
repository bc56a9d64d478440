/* How bad it is. Apart from the schemas of an alert, because filters of the page know it too and load no schemas. */

/** Ordered by what is worse. `unknown` is what a source that says nothing gets: no filter by severity hides it. */
export const SEVERITIES = ["unknown", "minor", "moderate", "severe", "extreme"] as const;
export type Severity = (typeof SEVERITIES)[number];

export const worseOf = (a: Severity, b: Severity): Severity => (SEVERITIES.indexOf(a) >= SEVERITIES.indexOf(b) ? a : b);
