/* Units of measure as types: a number says what it counts. */
export type Seconds = number & { readonly unit?: 's' };
export type Bytes = number & { readonly unit?: 'B' };
export type BytesPerSecond = number & { readonly unit?: 'B/s' };
/** 0 to 1. */
export type Share = number & { readonly unit?: '1' };
/** 1-based; 0: not known. */
export type Line = number;

/* Indices into tables of a profile; NONE where there is nothing. */
export type FileIndex = number;
export type FunctionIndex = number;
export type FrameIndex = number;
export type StackIndex = number;
export type ThreadIndex = number;
export type ProcessIndex = number;
export type Bin = number;
export const NONE = -1;
