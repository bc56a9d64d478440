/* What a hub keeps of whoever sits there: enough to decide what they may hear. */
import { describe, expect, it } from "vitest";
import { mayHear, type Principal } from "../../src/domain/access/principal";
import { identityOf, PRINCIPAL_HEADER } from "../../src/durable-objects/hub/seat";

const seated = (scope: Principal["scope"]): Principal => {
  const principal: Principal = { id: "bob", role: "viewer", name: "Bob", scope };
  return identityOf(new Request("https://hub/", { headers: { [PRINCIPAL_HEADER]: JSON.stringify(principal) } }))
    .principal;
};

describe("A seat", () => {
  it("keeps a key from the topics that name everything of a kind it is limited in", () => {
    const heard = (scope: Principal["scope"]) =>
      ["symbols", "nodes", "alerts"].filter((topic) => mayHear(seated(scope), topic, []));
    expect(heard(null)).toEqual(["symbols", "nodes", "alerts"]);
    expect(heard({ nodes: ["web-*", "db-1"] })).toEqual(["symbols", "alerts"]);
    expect(heard({ symbols: ["A*"] })).toEqual(["nodes", "alerts"]);
    expect(heard({ names: ["x"] })).toEqual(["symbols", "nodes", "alerts"]);
  });
});
