import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { defaultConfig, type RtpConfig } from '@rtp/core';
import { type WebSocket, WebSocketServer } from 'ws';

export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export type Respond = (request: SeenRequest, response: ServerResponse) => void | Promise<void>;

/** A loopback server that answers as a test tells it: HTTP by path, WebSocket on `/`. */
export class FakeBroker {
  readonly requests: SeenRequest[] = [];
  readonly upgrades: URLSearchParams[] = [];
  readonly sockets: WebSocket[] = [];
  /** Status with which upgrades are refused; 0 accepts. */
  refuseUpgrade = 0;
  onSocket: (socket: WebSocket) => void = () => {};
  private readonly routes = new Map<string, Respond>();
  private readonly server: Server;
  private readonly feed = new WebSocketServer({ noServer: true });
  private readonly raw = new Set<Socket>();

  private constructor() {
    this.server = createServer((request, response) => void this.answer(request, response));
    this.server.on('connection', (socket) => {
      this.raw.add(socket);
      socket.on('close', () => this.raw.delete(socket));
    });
    this.server.on('upgrade', (request, socket, head) => {
      this.upgrades.push(new URL(request.url ?? '/', 'http://x').searchParams);
      if (this.refuseUpgrade !== 0) {
        socket.end(`HTTP/1.1 ${this.refuseUpgrade} Refused\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
        return;
      }
      this.feed.handleUpgrade(request, socket, head, (accepted) => {
        this.sockets.push(accepted);
        accepted.on('error', () => {});
        this.onSocket(accepted);
      });
    });
  }

  static async open(): Promise<FakeBroker> {
    const broker = new FakeBroker();
    await new Promise<void>((resolve) => broker.server.listen(0, '127.0.0.1', resolve));
    return broker;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** The broker section that points here. */
  config(changes: Partial<RtpConfig['broker']> = {}): RtpConfig['broker'] {
    const base = `http://127.0.0.1:${this.port}`;
    return {
      ...defaultConfig().broker,
      rest_url: `${base}/v2`,
      auth_url: base,
      feed_url: `ws://127.0.0.1:${this.port}`,
      scrip_master_url: `${base}/scrip.csv`,
      ...changes,
    };
  }

  on(path: string, respond: Respond): void {
    this.routes.set(path, respond);
  }

  /** Answers `path` with these in turn; the last one stays. */
  script(path: string, ...answers: readonly { status?: number; json?: unknown; text?: string; type?: string }[]): void {
    let turn = 0;
    this.on(path, (_request, response) => {
      const { status = 200, json, text, type = 'application/json' } = answers[Math.min(turn, answers.length - 1)] ?? {};
      turn += 1;
      response.writeHead(status, { 'content-type': type });
      response.end(text ?? JSON.stringify(json));
    });
  }

  to(path: string): SeenRequest[] {
    return this.requests.filter((request) => request.path === path);
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.terminate();
    for (const socket of this.raw) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://x');
    let body = '';
    for await (const chunk of request) body += chunk;
    const seen = {
      method: request.method ?? '',
      path: url.pathname,
      query: url.searchParams,
      headers: request.headers,
      body,
    };
    this.requests.push(seen);
    const respond = this.routes.get(url.pathname);
    if (respond === undefined) response.writeHead(404, { 'content-type': 'text/plain' }).end('no such route');
    else await respond(seen, response);
  }
}
