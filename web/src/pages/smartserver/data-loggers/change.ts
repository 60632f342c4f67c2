import type { DataLogger, DataLoggerChange } from '../../../lib/api/types';

/** A data logger's configuration as it is typed. */
export interface Draft {
  description: string;
  log_type: string;
  log_format: string;
  size_kb: string;
  level_alarm_percent: string;
}

export function draftOf(logger: DataLogger): Draft {
  return {
    description: logger.description ?? '',
    log_type: logger.log_type ?? '',
    log_format: logger.log_format ?? '',
    size_kb: String(logger.size_kb ?? ''),
    level_alarm_percent: String(logger.level_alarm_percent ?? ''),
  };
}

export interface Asked {
  mistakes: Partial<Record<keyof Draft, string>>;
  /** Only what differs; undefined while nothing does, or something is wrong. */
  change?: Omit<DataLoggerChange, 'name'>;
}

export function changeOf(draft: Draft, logger: DataLogger): Asked {
  const before = draftOf(logger);
  const changed = (name: keyof Draft) => draft[name].trim() !== before[name];
  const mistakes: Asked['mistakes'] = {};
  const change: Omit<DataLoggerChange, 'name'> = {};
  if (changed('description')) change.description = draft.description.trim();
  if (changed('log_type')) change.log_type = draft.log_type;
  if (changed('log_format')) change.log_format = draft.log_format;
  for (const [name, most] of [
    ['size_kb', Infinity],
    ['level_alarm_percent', 100],
  ] as const) {
    if (!changed(name)) continue;
    const figure = Number(draft[name]);
    if (draft[name].trim() === '' || Number.isNaN(figure) || figure < 0 || figure > most) {
      mistakes[name] = most === Infinity ? 'A number from 0 on.' : `A number from 0 to ${most}.`;
    } else change[name] = figure;
  }
  const fits = Object.keys(mistakes).length === 0 && Object.keys(change).length > 0;
  return fits ? { mistakes, change } : { mistakes };
}
