import type { Tone } from '../../lib/words';
import type { Exchange } from './desk.svelte';

interface Verdict {
  word: string;
  tone: Tone;
  meaning?: string;
}

/** Items that an answer says it did not carry out. */
export function refusedIn(envelope: string): number {
  return Number(/<(?:[^\s<>/:]+:)?UCPTfaultCount>\s*(\d+)/.exec(envelope)?.[1] ?? 0);
}

/** How an exchange went, in a word. */
export function verdictOf({ answer, problem }: Pick<Exchange, 'answer' | 'problem'>): Verdict {
  if (problem && problem.status >= 400 && problem.status < 500)
    return { word: 'not sent', tone: 'warn', meaning: problem.title };
  if (problem) return { word: 'no answer', tone: 'bad', meaning: problem.title };
  if (!answer) return { word: 'sent', tone: 'quiet' };
  if (answer.is_fault)
    return { word: 'fault', tone: 'bad', meaning: 'The SmartServer answered with a SOAP fault' };
  const refused = refusedIn(answer.envelope);
  if (refused > 0)
    return {
      word: `${refused} refused`,
      tone: 'warn',
      meaning: 'Items that the SmartServer did not carry out',
    };
  return { word: 'answered', tone: 'good' };
}
