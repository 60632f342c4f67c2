import type { SmartServer } from '../../../lib/api/types';
import { BulkRun } from '../../../lib/bulk.svelte';
import { toast } from '../../../lib/toasts.svelte';
import { plural } from '../../../lib/words';
import type { BulkAction } from './actions';

interface Current {
  run: BulkRun<SmartServer>;
  doing: string;
  /** Removed SmartServers cannot be asked again. */
  removes: boolean;
}

let current = $state.raw<Current>();
let shown = $state(false);
/** Work that was begun and has not ended; one may be begun while another goes on in the background. */
let underWay = 0;

/** The work on many that goes on, or was done last; it outlives the page, so that nobody has to wait there. */
export const bulk = {
  get current() {
    return current;
  },
  /** Whether its dialog is open. */
  get shown() {
    return shown;
  },
  show() {
    shown = true;
  },
  hide() {
    shown = false;
    if (!current?.run.running) current = undefined;
  },
  begin(action: BulkAction, targets: SmartServer[]) {
    const run = new BulkRun(targets, action.work);
    follow({ run, doing: action.doing, removes: action.kind === 'remove' }, run.start);
  },
  takeBack() {
    if (!current) return;
    const run = current.run.takeBack();
    follow({ run, doing: 'Taking it back', removes: false }, run.start);
  },
  /** Goes on after it was cancelled, or tries the failed ones again. */
  again(how: 'start' | 'retry') {
    if (current) follow(current, current.run[how]);
  },
};

function follow(wanted: Current, start: () => Promise<void>) {
  current = wanted;
  shown = true;
  underWay += 1;
  addEventListener('beforeunload', ask);
  void start().then(() => {
    underWay -= 1;
    if (underWay === 0) removeEventListener('beforeunload', ask);
    const isCurrent = current === wanted;
    if (shown && isCurrent) return;
    tellEnd(wanted);
    if (isCurrent) current = undefined;
  });
}

/** The browser asks before the page, and the rest of the work with it, goes. */
const ask = (event: BeforeUnloadEvent) => event.preventDefault();

/** For who has closed the dialog meanwhile. */
function tellEnd({ run, doing }: Current) {
  const failed = run.failed.length;
  const failures = failed > 0 ? `, ${plural(failed, 'failure')}` : '';
  const rest = run.waiting > 0 ? `, ${run.waiting} not begun` : '';
  const undo = run.undoable.length > 0 ? () => undone(run) : undefined;
  toast(`${doing}: ${run.outcomes.length - failed} done${failures}${rest}.`, {
    tone: failed > 0 ? 'warn' : 'good',
    undo,
  });
}

function undone(run: BulkRun<SmartServer>) {
  const back = run.takeBack();
  follow({ run: back, doing: 'Taking it back', removes: false }, back.start);
}
