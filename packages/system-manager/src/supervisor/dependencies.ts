import type { Component } from '@rtp/core';

/**
 * What each component cannot work without. The store's short absence is borne: the pipeline keeps its batches and resends
 * them, while a restart of its own would make the forming minute of every share partial. Only a store that is given up, or
 * stays away, stops those that need it; they start again when it serves. Nobody needs the monitor.
 */
export const NEEDS: Readonly<Partial<Record<Component, readonly Component[]>>> = {
  pipeline: ['store'],
};
