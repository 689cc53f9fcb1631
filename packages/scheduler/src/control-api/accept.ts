/** Types under which Prometheus asks for metrics. */
const TEXT_TYPES = new Set(['text/plain', 'application/openmetrics-text', 'text/*']);
const JSON_TYPES = new Set(['application/json', 'application/*', '*/*']);

/**
 * Whether an Accept header prefers text to JSON. Parameters other than the weight say which version of the format is wanted;
 * there is one.
 */
export function prefersText(accept: string): boolean {
  let [text, json] = [0, 0];
  for (const range of accept.split(',')) {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
    const weight = Number(parameters.find((part) => part.startsWith('q='))?.slice(2) ?? 1);
    if (TEXT_TYPES.has(type)) text = Math.max(text, weight);
    if (JSON_TYPES.has(type)) json = Math.max(json, weight);
  }
  return text > json;
}
