export type Ref<T> = { current: T };
/** A function is among the values, so that what is written within a template has its parameters. */
type Value = ((...given: any[]) => any) | object | string | number | bigint | boolean | symbol | null | undefined;
export function html(strings: TemplateStringsArray, ...values: Value[]): any;
export function h(type: any, props: any, ...children: any[]): any;
export function render(view: any, parent: Element | ShadowRoot): void;
export class Component {
  props: any;
  state: any;
}
export function createContext(value: any): { Provider: any; Consumer: any };
export function useContext(context: any): any;
export function useState<T>(first: T | (() => T)): [T, (next: T | ((now: T) => T)) => void];
export function useReducer(reducer: (state: any, action: any) => any, first: any): [any, (action: any) => void];
export function useRef(first: null): Ref<any>;
export function useRef<T>(first: T): Ref<T>;
export function useMemo<T>(make: () => T, inputs?: any[]): T;
export function useCallback<T>(callback: T, inputs?: any[]): T;
export function useEffect(effect: () => any, inputs?: any[]): void;
export function useLayoutEffect(effect: () => any, inputs?: any[]): void;
export function useImperativeHandle(ref: any, make: () => any, inputs?: any[]): void;
export function useErrorBoundary(callback?: (error: unknown) => void): [unknown, () => void];
export function useDebugValue(value: any): void;
