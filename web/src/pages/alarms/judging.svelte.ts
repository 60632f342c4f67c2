import { answer, api } from '../../lib/api/client';
import { asProblem, inWords, type Problem } from '../../lib/api/problem';
import type { Alarm, JudgedAlarm } from '../../lib/api/types';
import type { Deed } from './alarm-words';

/** What became of an alarm. */
export interface Judged {
  alarm: Alarm;
  outcome: JudgedAlarm['outcome'];
  reason: string;
}

/** As many as the gateway acknowledges at once. */
export const AT_ONCE = 100;

type Send = (alarms: Alarm[]) => Promise<JudgedAlarm[]>;

const SEND: Record<Deed, { atOnce: number; send: (comment: string | undefined) => Send }> = {
  acknowledge: {
    atOnce: AT_ONCE,
    send: (comment) => async (alarms) => {
      const body = { ids: alarms.map(({ id }) => id), comment };
      return (await answer(api.POST('/api/v1/alarms/acknowledge', { body }))).alarms;
    },
  },
  clear: {
    atOnce: 1,
    send: (comment) => async (alarms) => {
      const of = (id: string) =>
        answer(api.POST('/api/v1/alarms/{id}/clear', { params: { path: { id } }, body: { comment } }));
      return Promise.all(alarms.map(({ id }) => of(id)));
    },
  },
};

/** Acknowledges or clears alarms, and knows what became of each. */
export class Judging {
  running = $state(false);
  /** How many are asked for, and how many of them are through. */
  total = $state(0);
  judged = $state.raw<Judged[]>();

  async run(deed: Deed, alarms: Alarm[], comment: string): Promise<void> {
    if (this.running) return;
    const { atOnce, send } = SEND[deed];
    this.running = true;
    this.total = alarms.length;
    this.judged = [];
    for (let from = 0; from < alarms.length; from += atOnce) {
      const some = alarms.slice(from, from + atOnce);
      this.judged = [...this.judged, ...(await judge(some, send(comment.trim() || undefined)))];
    }
    this.running = false;
  }
}

async function judge(alarms: Alarm[], send: Send): Promise<Judged[]> {
  try {
    const answers = new Map((await send(alarms)).map((judged) => [judged.id, judged]));
    return alarms.map((alarm) => {
      const judged = answers.get(alarm.id);
      return {
        alarm: judged?.alarm ?? alarm,
        outcome: judged?.outcome ?? 'unknown',
        reason: judged?.reason ?? '',
      };
    });
  } catch (cause) {
    const problem = asProblem(cause);
    return alarms.map((alarm) => ({ alarm, outcome: fateBy(problem), reason: reasonOf(problem) }));
  }
}

/** What was refused was not sent; of what went wrong on the way nobody knows. */
function fateBy({ status }: Problem): Judged['outcome'] {
  if (status === 404) return 'not_found';
  return status >= 400 && status < 500 ? 'not_sent' : 'unknown';
}

function reasonOf(problem: Problem): string {
  const { what, detail } = inWords(problem);
  return [what, detail].filter(Boolean).join(': ');
}
