/** The benchmark cannot go on, and the message says why and what to do: no stack is wanted. */
export class Refusal extends Error {
  override name = "Refusal";
}
