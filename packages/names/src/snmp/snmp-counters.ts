/** What is counted where SNMP agents are asked: totals since start, unless the text says "now". */
export interface SnmpCounters {
  /** Times that an agent was asked for its names. */
  readonly agentsAsked: number;
  /** Times that an agent answered with all of them. */
  readonly agentsAnswered: number;
  /** Times that an agent did not answer in time. */
  readonly agentsTimedOut: number;
  /** Times that an agent refused, or its secret could not be read. */
  readonly agentsFailed: number;
  /** Agents that are asked now. */
  readonly agents: number;
  /** Agents whose last answer is missing now: their names are older, or there are none. */
  readonly agentsWithoutAnswer: number;
  /** Interfaces known now from agents that are asked. */
  readonly interfacesKnown: number;
  /** Age of the oldest answer that is used now, milliseconds. */
  readonly oldestAnswerMs: number;
}
