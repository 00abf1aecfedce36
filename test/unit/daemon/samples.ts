const COMMENT = /^# (?:HELP sps_gitops_\w+ \S.*|TYPE (sps_gitops_\w+) (?:counter|gauge|histogram))$/;
const SAMPLE =
  /^(sps_gitops_\w+(?:\{\w+="(?:[^"\\]|\\.)*"(?:,\w+="(?:[^"\\]|\\.)*")*\})?) (-?(?:\d+(?:\.\d+)?(?:e[+-]?\d+)?|Inf)|NaN)$/;

/** The samples of a text of Prometheus, by name and labels. Throws where a line is none, or belongs to no announced metric. */
export function samplesOf(text: string): ReadonlyMap<string, number> {
  const samples = new Map<string, number>();
  const announced = new Set<string>();
  if (!text.endsWith('\n')) throw new Error('the last line does not end');
  for (const line of text.split('\n').filter((one) => one !== '')) {
    const comment = COMMENT.exec(line);
    if (comment?.[1] !== undefined) announced.add(comment[1]);
    if (comment !== null) continue;
    const [, sample, value] = SAMPLE.exec(line) ?? [];
    if (sample === undefined) throw new Error(`no sample: ${line}`);
    const name = /^\w+/.exec(sample)?.[0] ?? '';
    const family = [name, name.replace(/_(?:bucket|sum|count)$/, '')].find((one) => announced.has(one));
    if (family === undefined || samples.has(sample)) throw new Error(`not announced, or twice: ${line}`);
    samples.set(sample, Number(value));
  }
  return samples;
}
