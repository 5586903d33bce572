/* What a reader has chosen stays chosen when a newer profile takes the place of the
 * one that is shown: its tables number things anew, so each choice is named before
 * and found again after. */
import { batch } from '@preact/signals';

type After = () => void;
const choices: (() => After)[] = [];

/** `before` names what is chosen; what it returns finds that in the new profile. */
export const keepOver = (before: () => After): void => {
  choices.push(before);
};

export function replaced(change: () => void): void {
  const after = choices.map((before) => before());
  batch(() => {
    change();
    for (const find of after) find();
  });
}
