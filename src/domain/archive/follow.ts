/* What follows downstream from archived entries: the parts that were made of them when they were new. Pure. */
import { areaOf } from "../alerts/area";
import { history } from "../alerts/part";
import { type LedgerClass, ledgerOf } from "../ledger/classes";
import { NewerFormat } from "../ledger/core";
import type { Entry, Fact, Output, Reducer } from "../ledger/reducer";
import { monitorOf, type Sightings } from "../nodes/monitor";
import { nodesOf } from "../nodes/part";
import { candles, feed } from "../prices/feed";
import { daysOf } from "../requests/day";
import { intakeOf } from "../requests/intake";
import { type ArchiveLine, entryOf } from "./line";

type Versions = Pick<Reducer<never, never, Fact>, "version" | "upgradeEntry">;

interface Following {
  versions: Versions;
  /** @param object as in the cursors */
  output(object: string): Output<never>;
}

/** Who is heard is asked of a node's object alone. */
const NOBODY: Sightings = {
  of() {
    throw new Error("an entry says what was seen");
  },
};

const versionsOf = <S, I, F extends Fact>({ version, upgradeEntry }: Reducer<S, I, F>): Versions =>
  ({ version, ...(upgradeEntry === undefined ? {} : { upgradeEntry }) }) as Versions;

/** A new class is a line here. Cells of requests are not among these: they are points, and were made of the object's state.
 * Days of metrics neither: whoever adds to one must be the only one, and that is its object's consumer. */
const FOLLOWING: Partial<Record<LedgerClass, Following>> = {
  PriceFeed: { versions: versionsOf(feed), output: () => candles },
  AlertArea: { versions: versionsOf(areaOf(0)), output: () => history },
  NodeMonitor: { versions: versionsOf(monitorOf(NOBODY, false)), output: nodesOf },
  RequestIntake: { versions: versionsOf(intakeOf()), output: daysOf },
};

export interface Followed {
  purpose: string;
  /** The parts of an archived entry. Throws what a newer version of the code wrote. */
  parts(line: ArchiveLine): unknown[];
  join(parts: unknown[]): unknown[];
}

/** Undefined where nothing can be made of what is archived. */
export function followedOf(object: string): Followed | undefined {
  const ledger = ledgerOf(object);
  const following = ledger && FOLLOWING[ledger.class];
  if (following === undefined) return undefined;
  const { version, upgradeEntry } = following.versions;
  const { purpose, parts, join } = following.output(object);
  return {
    purpose,
    parts(line) {
      if (line.reducer > version) throw new NewerFormat(`entry of version ${line.reducer}, this code reads ${version}`);
      const entry = entryOf(line);
      const isOld = line.reducer < version && upgradeEntry !== undefined;
      return isDeletion(entry) ? [] : parts((isOld ? upgradeEntry(entry, line.reducer) : entry) as Entry<never>);
    },
    join: join ?? ((all) => all),
  };
}

/** What was deleted then may be there again, restored or born anew, and D1 could not tell what came before and what after:
 * a deletion that was lost is repeated by whoever wants it. */
const isDeletion = ({ type }: Entry): boolean => type === "deleted";
