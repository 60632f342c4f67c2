/** Runs `work` at once, and again at most every so often while it is asked for; the last wish is kept. */
export function atMostEvery(ms: number, work: () => void): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let again = false;
  const run = () => {
    work();
    timer = setTimeout(() => {
      timer = undefined;
      if (again) {
        again = false;
        run();
      }
    }, ms);
  };
  return () => {
    if (timer === undefined) run();
    else again = true;
  };
}
