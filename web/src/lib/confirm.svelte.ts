export interface Question {
  title: string;
  /** What will happen, and what cannot be undone. */
  text: string;
  /** What the button that does it says: a verb. */
  action: string;
  /** To be typed first, for what hurts most. */
  typed?: string;
}

interface Asked extends Question {
  answer: (yes: boolean) => void;
}

let asked = $state.raw<Asked>();

/** The question on show. */
export const question = {
  get asked() {
    return asked;
  },
};

/** Asks before something that hurts; true when it shall be done. */
export function confirm(wanted: Question): Promise<boolean> {
  asked?.answer(false);
  return new Promise((resolve) => {
    asked = {
      ...wanted,
      answer: (yes) => {
        asked = undefined;
        resolve(yes);
      },
    };
  });
}
