/** The wait after a minute's end, market ms: the feed's own p95 lag, within the configured bounds. */
export function graceFor(
  lagP95Ms: number | null,
  bounds: { readonly grace_ms: number; readonly grace_max_ms: number },
): number {
  return Math.max(bounds.grace_ms, Math.min(lagP95Ms ?? 0, bounds.grace_max_ms));
}
