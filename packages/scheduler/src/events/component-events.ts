import { type Component, type ComponentStatus, istIso, type SystemStatus } from '@rtp/core';

/** What changed of the components from one snapshot to the next, as live events tell it. */
export function componentEvents(
  before: SystemStatus | null,
  now: SystemStatus,
): readonly Readonly<Record<string, unknown>>[] {
  const known = new Map<Component, ComponentStatus>(before?.components.map((line) => [line.component, line]));
  return now.components.flatMap((line) => {
    const { component, state, wanted, reason, actor, pid } = line;
    const earlier = known.get(component);
    const isNews = earlier?.state !== state || earlier.wanted !== wanted || earlier.pid !== pid;
    return isNews
      ? [{ at: istIso(now.at), component, state, wanted, reason, actor, pid, from: earlier?.state ?? null }]
      : [];
  });
}
