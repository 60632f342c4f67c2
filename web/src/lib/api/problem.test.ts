import { expect, test } from 'vitest';
import { fieldOf, inWords, NO_ANSWER, Problem, problemOf } from './problem';

test('a problem document is taken as it is', () => {
  const document = { title: 'Session not online', status: 503, code: 'identity_offline', detail: 'it ended' };
  const response = new Response('', { status: 503, headers: { 'retry-after': '5' } });
  const problem = problemOf(response, document);
  expect(problem).toMatchObject({ status: 503, code: 'identity_offline', retryAfterS: 5 });
  expect(inWords(problem)).toEqual({
    what: 'Session not online',
    detail: 'it ended',
    advice: 'The session is being reconnected. Try again in 5 s.',
  });
});

test('an answer that is no problem document still has words', () => {
  const problem = problemOf(new Response('', { status: 502 }), '<html>Bad gateway</html>');
  expect(problem).toMatchObject({ code: 'http_502', detail: '' });
  expect(inWords(problem)).toEqual({ what: 'The gateway answered 502', detail: '', advice: 'Try again.' });
});

test('a code without advice shows the gateway’s own words', () => {
  const problem = new Problem(422, 'value_out_of_range', 'Value out of range', 'The most is 100.');
  expect(inWords(problem)).toEqual({ what: 'Value out of range', detail: 'The most is 100.', advice: '' });
});

test('no answer says what to check', () => {
  expect(inWords(new Problem(0, NO_ANSWER, 'No answer')).advice).toContain('Check your network');
});

test('a complaint about a field names it', () => {
  const problem = new Problem(422, 'request_invalid', 'Not acceptable', 'bosh_urls: a BOSH address is http');
  expect(fieldOf(problem)).toEqual({ field: 'bosh_urls', words: 'A BOSH address is http' });
  expect(fieldOf(new Problem(422, 'request_invalid', 'Not acceptable', 'too many: of them'))).toBeUndefined();
  expect(fieldOf(new Problem(409, 'conflict', 'In conflict', 'name: taken'))).toBeUndefined();
});
