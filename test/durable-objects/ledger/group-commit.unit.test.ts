/* Who shares a commit, and who is told when it fails. */
import { describe, expect, it } from "vitest";
import { GroupCommit } from "../../../src/durable-objects/ledger/group-commit";

/** Commits whose disk is as slow as the test wants it to be. */
function committing(commit: (requests: string[]) => string[]) {
  const synced: (() => void)[] = [];
  const groups: string[][] = [];
  const group = new GroupCommit<string, string>({
    commit: (requests) => {
      groups.push(requests);
      return commit(requests);
    },
    sync: () => new Promise((resolve) => synced.push(resolve)),
    committed: () => {},
  });
  const flush = async () => {
    synced.shift()?.();
    for (let turn = 0; turn < 10; turn++) await Promise.resolve();
  };
  return { group, groups, flush };
}

describe("a group commit", () => {
  it("takes 2,000 events at a time, and what is larger alone", async () => {
    const { group, groups, flush } = committing((requests) => requests);
    const answers = [
      group.submit("first", 1),
      group.submit("a", 1_500),
      group.submit("b", 500),
      group.submit("c", 1),
      group.submit("large", 5_000),
      group.submit("d", 1),
    ];
    for (const _ of answers) await flush();
    expect(await Promise.all(answers)).toEqual(["first", "a", "b", "c", "large", "d"]);
    expect(groups).toEqual([["first"], ["a", "b"], ["c"], ["large"], ["d"]]);
  });

  it("that throws fails those who wait for the next one too, and whoever comes then is taken", async () => {
    const { group, groups, flush } = committing((requests) => {
      if (requests.includes("bad")) throw new Error("no disk");
      return requests;
    });
    const first = group.submit("first", 1);
    const others = [group.submit("bad", 2_000), group.submit("behind it", 1)];
    const failed = others.map((other) => expect(other).rejects.toThrow("no disk"));
    await flush();
    expect(await first).toBe("first");
    await Promise.all(failed);
    const later = group.submit("later", 1);
    await flush();
    expect(await later).toBe("later");
    expect(groups).toEqual([["first"], ["bad"], ["later"]]);
  });
});
