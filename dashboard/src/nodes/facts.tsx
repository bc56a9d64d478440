/* What is known of a node this moment, and what is expected of it. */
import type { ComponentChildren } from "preact";
import type { NodeConfig } from "../../../src/domain/nodes/node";
import type { NodeDetail } from "../../../src/domain/nodes/posting";
import { now, time } from "../ui/clock";
import { age, dateTime, preciseTime } from "../ui/format";
import { duration } from "./durations";

function Fact({ name, children }: { name: string; children: ComponentChildren }) {
  return (
    <div class="fact">
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

const ageText = (ms: number): string => (ms < 1_000 ? "now" : `${age(ms)} ago`);

interface StandingProps {
  detail: NodeDetail;
  /** When it was answered, by this device's clock. */
  readAt: number;
  isCurrent: boolean;
}

export function Standing({ detail, readAt, isCurrent }: StandingProps) {
  // Ages are by the server's clock: this device's own may be wrong.
  const passed = isCurrent ? Math.max(0, now.value - readAt) : 0;
  const ageOf = (time: string): string => ageText(Date.parse(detail.as_of) - Date.parse(time) + passed);
  const { last_seen, away_since, began_at, config } = detail;
  return (
    <dl class="facts" data-facts>
      <Fact name="Since">
        {ageOf(detail.since)} <span class="muted tabular">{dateTime(Date.parse(detail.since))}</span>
      </Fact>
      <Fact name="Last seen">
        {last_seen === null ? (
          "never"
        ) : (
          <>
            <span data-last-seen={last_seen}>{ageOf(last_seen)}</span>{" "}
            <span class="muted tabular">
              {ageOf(last_seen).endsWith("d ago")
                ? dateTime(Date.parse(last_seen))
                : preciseTime(Date.parse(last_seen))}
            </span>
          </>
        )}
      </Fact>
      {away_since !== null && (
        <Fact name="Away">
          {ageOf(away_since)} <span class="muted tabular">{dateTime(Date.parse(away_since))}</span>
        </Fact>
      )}
      {began_at !== null && <Fact name="Its run began">{ageOf(began_at)}</Fact>}
      <Fact name="Pool">{config.pool}</Fact>
      <Fact name="Heard">{detail.connected ? "over an open session" : "by single beats"}</Fact>
      {detail.boot_id !== null && (
        <Fact name="Boot">
          <code>{detail.boot_id}</code>
        </Fact>
      )}
    </dl>
  );
}

const rhythmOf = ({ cron, time_zone, interval_s }: NodeConfig): string =>
  cron === null ? `every ${duration(interval_s * 1_000)}` : `${cron} (${time_zone})`;

export function Expected({ config, configured }: Pick<NodeDetail, "config" | "configured">) {
  const coming = config.maintenance.filter(({ end }) => end > time.value);
  const lateness = config.cron === null ? "of silence" : "after a run was due";
  return (
    <dl class="facts">
      <Fact name="Beats">{rhythmOf(config)}</Fact>
      <Fact name="Suspect after">
        {duration(config.suspect_after_s * 1_000)} {lateness}
      </Fact>
      <Fact name="Down after">
        {duration(config.down_after_s * 1_000)} {lateness}
      </Fact>
      <Fact name="Reconnects within">{duration(config.reconnect_grace_s * 1_000)}</Fact>
      <Fact name="Set by">{configured ? "an operator" : "the node itself, or default"}</Fact>
      {(config.expected_offline || config.ephemeral) && (
        <Fact name="Silence">
          {config.ephemeral
            ? `no failure; forgotten ${duration(config.forget_after_s * 1_000)} after it stopped`
            : "no failure"}
        </Fact>
      )}
      {coming.map(({ start, end }) => (
        <Fact key={start} name="Maintenance">
          <span class="tabular">
            {dateTime(start)} to {dateTime(end)}
          </span>
        </Fact>
      ))}
    </dl>
  );
}
