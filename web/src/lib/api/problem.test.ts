import { expect, test } from 'vitest';
import { inWords, NO_ANSWER, Problem, problemOf } from './problem';

test('a problem document is taken as it is', () => {
  const document = {
    title: 'Too many polls',
    status: 429,
    code: 'poll_budget_exceeded',
    detail: '6 a minute.',
  };
  const response = new Response('', { status: 429, headers: { 'retry-after': '12' } });
  const problem = problemOf(response, document);
  expect(problem).toMatchObject({ status: 429, code: 'poll_budget_exceeded', retryAfterS: 12 });
  expect(inWords(problem)).toEqual({
    what: 'This SmartServer has been polled often enough',
    detail: '6 a minute.',
    advice: 'It is being spared. Try again in 12 s.',
  });
});

test('an answer that is no problem document still has words', () => {
  const problem = problemOf(new Response('', { status: 502 }), '<html>Bad gateway</html>');
  expect(problem).toMatchObject({ code: 'http_502', detail: '' });
  expect(inWords(problem)).toEqual({ what: 'The gateway answered 502', detail: '', advice: 'Try again.' });
});

test('a code that is new to the dashboard shows the gateway’s own words', () => {
  const problem = new Problem(422, 'value_out_of_range', 'Value out of range', 'The most is 100.');
  expect(inWords(problem)).toEqual({ what: 'Value out of range', detail: 'The most is 100.', advice: '' });
});

test('no answer says what to check', () => {
  expect(inWords(new Problem(0, NO_ANSWER, 'No answer')).advice).toContain('Check your network');
});
