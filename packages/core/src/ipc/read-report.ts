import type { Component } from './components.ts';
import type { ComponentStatus, SystemStatus } from './messages.ts';
import { type ComponentReports, reportSchemas } from './reports.ts';

/** One component's line of a snapshot, or undefined when the run has no such component. */
export function componentOf(status: SystemStatus, component: Component): ComponentStatus | undefined {
  return status.components.find((line) => line.component === component);
}

/** The component's own report in a snapshot, checked; null when it has none or it is not of its schema. */
export function reportOf<C extends Component>(status: SystemStatus, component: C): ComponentReports[C] | null {
  const parsed = reportSchemas[component].safeParse(componentOf(status, component)?.report);
  return parsed.success ? (parsed.data as ComponentReports[C]) : null;
}
