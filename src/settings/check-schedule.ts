/** No number of a cron expression needs more digits; node-cron writes out every range, however long. */
const MAX_DIGITS = /\d{4}/;

/** What node-cron calls the parts of an expression, in words. */
const PARTS: Readonly<Record<string, string>> = {
  second: 'the second',
  minute: 'the minute',
  hour: 'the hour',
  dayOfMonth: 'the day of the month',
  month: 'the month',
  dayOfWeek: 'the day of the week',
};

/**
 * Why a text is no schedule that ticks, in words that go on after the member's name and hold nothing of the text; null
 * when it is one. Cron expressions have five fields, or six with the second in front.
 */
export async function scheduleFault(expression: string): Promise<string | null> {
  if (MAX_DIGITS.test(expression)) return 'is not a cron expression: it has a number of more than three digits';
  // Loaded where it is needed only: most settings keep the schedule's default, and every start would pay for it.
  const { createTask, validateDetailed } = await import('node-cron');
  const { valid, errors } = validateDetailed(expression);
  if (!valid) {
    const parts = [...new Set(errors.map(({ field }) => PARTS[field] ?? 'the number of its fields, or a character,'))];
    return `is not a cron expression: ${parts.join(' and ')} cannot be understood`;
  }
  if (!mayNeverCome(expression)) return null;
  const task = createTask(expression, () => {});
  try {
    task.getNextRuns(1);
    return null;
  } catch {
    // It has looked a hundred years ahead, which takes it some milliseconds.
    return 'is a cron expression whose day never comes';
  } finally {
    void task.destroy();
  }
}

/** Only a day of a month may be one that there is never; looking ahead takes longer than reading all settings. */
function mayNeverCome(expression: string): boolean {
  const [, , dayOfMonth] = expression.trim().split(/\s+/).toReversed();
  return dayOfMonth !== '*';
}
