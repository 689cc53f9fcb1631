import type { ChildMessage } from '@rtp/core';

type MessageOf<Type extends ChildMessage['type']> = Extract<ChildMessage, { readonly type: Type }>;
export type WantMessage = MessageOf<'want'>;
export type RequestMessage = MessageOf<'request'>;
export type DoneMessage = MessageOf<'done'>;
export type HeartbeatMessage = MessageOf<'heartbeat'>;

export type OperationMessage = MessageOf<'operation'>;
