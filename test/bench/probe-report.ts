/** Something that the measured process printed. */
export interface ProbeMark {
  /** In ms since 1970. */
  readonly at: number;
  /** CPU time of the process until then. */
  readonly cpuMs: number;
  readonly text: string;
}

/** What the measured process has cost. */
export interface ProbeReport {
  readonly marks: readonly ProbeMark[];
  /** User and system, without child processes. */
  readonly cpuMs: number;
  readonly peakRssMiB: number;
  /** 99th percentile of the event loop's delay; of a daemon, since the end of its first run. */
  readonly delayP99Ms: number;
}
