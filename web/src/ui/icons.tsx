/* Pictures that no font is needed for. */
export const Lightning = () => <svg class="ico" viewBox="0 0 12 12" aria-hidden="true"><path d="M7 .8 2 7h3L4.4 11.2 10 4.6H6.6z" /></svg>;
export const Explosion = () => <svg class="ico" viewBox="0 0 12 12" aria-hidden="true"><path d="m6 .6 1.2 2.6L9.8 2 9.2 4.7l2.4.9-2.2 1.5 1 2.7-2.7-.7L6 11.4 4.6 9 1.8 9.8l.9-2.6L.5 5.6l2.5-.9L2.3 2l2.5 1.1z" /></svg>;
