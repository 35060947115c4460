import { DomainFacts } from "./exporter-facts.ts";
import type { Session } from "./session.ts";

/**
 * Restarts of exporters: what an exporter has said of itself before (samplers, its start) holds no more, and running
 * flows begin again. An uptime that went back proves a restart. Without uptimes (IPFIX), numbers that went back only
 * suggest one: what was said is set aside, and comes back if the old numbering does.
 */

/** Looks at the header of a message before it is decoded. */
export function noteRestart(session: Session, sequence: number, upTimeMs: number): void {
  const seen = session.sequence.restartSeen(sequence, upTimeMs);
  const { moved } = session;
  session.moved = false;
  if (seen === "no") return;
  if (seen === "yes" || moved) restarted(session);
  else if (session.factsBefore === undefined && !session.oddNumbers) {
    session.factsBefore = session.facts;
    session.resetsBefore = session.sequence.resets;
    session.facts = new DomainFacts(session.facts.exporter, session.domain, session.share);
    session.facts.alone = true;
  }
}

/** Decides, after the number of a message was compared, whether it was a restart. */
export function settleRestart(session: Session): void {
  const { factsBefore, sequence } = session;
  if (factsBefore === undefined || sequence.isUnsettled) return;
  session.factsBefore = undefined;
  if (sequence.resets > session.resetsBefore) {
    factsBefore.leave();
    restarted(session, session.facts);
    session.facts.alone = false;
  } else {
    session.facts.leave();
    session.facts = factsBefore;
    session.oddNumbers = true;
  }
}

/** @param keep what the exporter has said since */
function restarted(session: Session, keep?: DomainFacts): void {
  session.facts.exporter.void(keep);
  // Of the exporters that its records name nothing is void: a mediator restarted, not they.
  session.named?.self?.facts.exporter.void();
  session.run = nextRun();
}

let runs = 0;

/** Numbers up to this one are of runs that an earlier process began. */
export function seedRuns(used: number): void {
  runs = Math.max(runs, used);
}

/** A number for a run of an exporter that no other has. */
export function nextRun(): number {
  runs = (runs + 1) >>> 0;
  return runs;
}
