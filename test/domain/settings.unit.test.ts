/* What an operator is told of a setting that cannot be. */
import { expect, it } from "vitest";
import { settingsOf } from "../../src/domain/settings";

it.each([
  ["OWN_TRAFFIC_SAMPLE", "2", "must be a number from 0 to 1"],
  ["OWN_TRAFFIC_SAMPLE", "some", "must be a number from 0 to 1"],
  ["SERIES_LIMIT", "-1", "must be a whole number from 1 to 20000"],
  ["SERIES_LIMIT", "many", "must be a whole number from 1 to 20000"],
  ["REQUEST_PARTITIONS", "2.5", "must be a whole number from 1 to 10000"],
  ["ENDPOINT_RULES", "nope", "nope must begin with /"],
])("%s=%s is refused with what it may be", (name, value, said) =>
  expect(() => settingsOf({ [name]: value })).toThrow(`Bad settings: ${name}: ${said}`),
);

it("A setting that is left empty or out is as it is by default", () => {
  expect(settingsOf({ REQUEST_PARTITIONS: "" })).toMatchObject({ REQUEST_PARTITIONS: undefined, SERIES_LIMIT: 1_000 });
});
