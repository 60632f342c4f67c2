interface State {
  /** Whether a branch is open that was never touched. */
  base: boolean;
  /** Branches of which the opposite holds. */
  except: string[];
}

/** Which branches are open. With a name this browser tab remembers it. */
export class Expansion {
  #base = $state(false);
  #except = $state.raw<ReadonlySet<string>>(new Set());

  constructor(
    base: boolean,
    private readonly name?: string,
  ) {
    const kept = name ? recall(name) : undefined;
    this.#base = kept?.base ?? base;
    this.#except = new Set(kept?.except);
  }

  isOpen = (path: string): boolean => this.#base !== this.#except.has(path);

  set(path: string, open: boolean) {
    this.setEach([path], open);
  }

  setEach(paths: string[], open: boolean) {
    const except = new Set(this.#except);
    for (const path of paths) {
      if (open === this.#base) except.delete(path);
      else except.add(path);
    }
    this.#remember(this.#base, except);
  }

  setAll(open: boolean) {
    this.#remember(open, new Set());
  }

  #remember(base: boolean, except: ReadonlySet<string>) {
    this.#base = base;
    this.#except = except;
    if (!this.name) return;
    try {
      const state: State = { base, except: [...except] };
      sessionStorage.setItem(keyOf(this.name), JSON.stringify(state));
    } catch {
      // A browser that forgets is no reason to refuse to open a branch.
    }
  }
}

const keyOf = (name: string) => `nocgate.tree.${name}`;

function recall(name: string): State | undefined {
  try {
    return JSON.parse(sessionStorage.getItem(keyOf(name)) ?? '') as State;
  } catch {
    return undefined;
  }
}
