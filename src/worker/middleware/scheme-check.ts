/* A Worker whose partition scheme is not the one of the installation answers nothing: it would look for symbols in the
 * wrong objects. Agreement is remembered for the isolate's life, disagreement for a moment. */
import type { Next } from "hono";
import { AppError } from "../../domain/error";
import { SCHEMES, type Scheme, schemeMismatch, schemeText } from "../../domain/scheme";
import type { Settings } from "../../domain/settings";
import { settleFact } from "../../storage/queries/facts";
import { type AppContext, settings } from "../context";
import { remembered } from "../remembered";

const ASK_AGAIN_MS = 5_000;

interface Verdict {
  mismatch: string | undefined;
  at: number;
}
const lastOf = remembered((): { verdict?: Verdict } => ({}));

export async function schemeCheck(c: AppContext, next: Next): Promise<void> {
  const mismatch = await verdictFor(c.env, settings(c), Date.now());
  if (mismatch !== undefined) throw new AppError("scheme_mismatch", mismatch);
  await next();
}

async function verdictFor(env: Env, settings: Settings, now: number): Promise<string | undefined> {
  const last = lastOf(env);
  const known = last.verdict;
  if (known !== undefined && (known.mismatch === undefined || now - known.at < ASK_AGAIN_MS)) return known.mismatch;
  const mismatches = await Promise.all(SCHEMES.map((scheme) => mismatchOf(env, scheme, settings)));
  const mismatch = mismatches.find((found) => found !== undefined);
  last.verdict = { mismatch, at: now };
  return mismatch;
}

async function mismatchOf(env: Env, scheme: Scheme, settings: Settings): Promise<string | undefined> {
  const configured = schemeText(scheme, settings[scheme.variable]);
  return schemeMismatch(scheme, configured, await settleFact(env.DB, scheme.fact, configured));
}
