import ms from 'ms';

/** The longest duration in milliseconds: what a timer of Node.js can wait for. */
const LONGEST_MS = 2 ** 31 - 1;

/**
 * Milliseconds of a duration written as `500ms`, `30s`, `5m` or `1h`: a whole number and one unit. Gives `undefined` for
 * any other text and for more than a timer can wait (about 24 days).
 */
export function parseDuration(text: string): number | undefined {
  if (!/^(?:0|[1-9]\d{0,9})(?:ms|s|m|h)$/.test(text)) return undefined;
  const milliseconds = ms(text as ms.StringValue);
  return milliseconds <= LONGEST_MS ? milliseconds : undefined;
}

/** A duration in its largest whole unit: 90000 gives `90s`, 180000 gives `3m`, 1500 gives `1500ms`. */
export function formatDuration(milliseconds: number): string {
  for (const unit of ['h', 'm', 's'] as const) {
    const length = ms(`1${unit}`);
    if (milliseconds >= length && milliseconds % length === 0) return `${milliseconds / length}${unit}`;
  }
  return `${milliseconds}ms`;
}
