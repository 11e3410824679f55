/**
 * <unopened-checker>: the checker inside another page, with one line and one element:
 *
 *   <script src="https://checker.example/unopened/embed.js" defer></script>
 *   <unopened-checker lang="ja"></unopened-checker>
 *
 * It is a frame and nothing more. Files, results and the lock stay inside; the only thing that comes out is the height.
 * Attributes: lang (ja, en), src (where the checker lies), title, and one of the deep links: sample, opened, advice,
 * quiz, practice.
 */
(() => {
  const LINKS = ["sample", "opened", "advice", "quiz", "practice"];
  const TITLES = { ja: "開封前チェック", en: "Unopened: check an attachment" };

  /** Pixels: before the first message, and the least and most that a message may ask for. */
  const FIRST = 640;
  const LEAST = 160;
  const MOST = 30_000;

  /** Beside this script, unless `src` says otherwise. */
  const here = /** @type {HTMLScriptElement | null} */ (document.currentScript)?.src || document.baseURI;

  /**
   * What the frame may do. Saving, printing and the help desk's page are wanted; sending forms and leading the page
   * around it away are not. On another origin the browser keeps both pages apart. On the same origin only a sandbox
   * without `allow-same-origin` does; the one-file build works in it, index.html does not.
   */
  const ALLOWED = "allow-scripts allow-downloads allow-modals allow-popups allow-popups-to-escape-sandbox";

  class UnopenedChecker extends HTMLElement {
    static observedAttributes = ["lang", "src", "title", ...LINKS];
    /** @type {HTMLIFrameElement | null} */ #frame = null;
    /** Where it is, and where it is to go as soon as it has loaded. */ #at = "";
    #wanted = "";
    #loaded = false;
    #waits = false;

    /** Takes heights from its own frame and nothing from anybody else. @param {MessageEvent} event */
    #hear = (event) => {
      if (event.source === null || event.source !== this.#frame?.contentWindow || event.data?.type !== "unopened:height") return;
      const { height } = event.data;
      if (Number.isFinite(height)) this.#frame.style.height = `${Math.min(Math.max(height, LEAST), MOST)}px`;
    };

    connectedCallback() {
      addEventListener("message", this.#hear);
      if (this.#frame) {
        // Back in the document, a frame loads what it was made with.
        this.#at = this.#frame.src;
        return this.#point();
      }
      const frame = document.createElement("iframe");
      this.#frame = frame;
      frame.allow = "clipboard-write";
      frame.referrerPolicy = "no-referrer";
      // By properties: the policy of the page around it may forbid style attributes.
      Object.assign(frame.style, { display: "block", width: "100%", height: `${FIRST}px`, border: "0" });
      frame.addEventListener("load", () => {
        this.#loaded = true;
        this.#go();
      });
      this.#point();
      // Closed, so that styles of the page around it do not apply; what stands in the element is for browsers without it.
      this.attachShadow({ mode: "closed" }).append(frame);
      this.style.display ||= "block";
    }

    disconnectedCallback() {
      removeEventListener("message", this.#hear);
      this.#loaded = false;
    }

    /** Several attributes may change at once. */
    attributeChangedCallback() {
      if (this.#waits || !this.#frame) return;
      this.#waits = true;
      queueMicrotask(() => {
        this.#waits = false;
        if (this.isConnected) this.#point();
      });
    }

    /** Points the frame at what the attributes say. Where only the link changes, the page in it stays. */
    #point() {
      const frame = this.#frame;
      if (!frame) return;
      const asked = this.getAttribute("src");
      const from = asked === null ? here : document.baseURI;
      if (!URL.canParse(asked ?? "", from)) return;
      const isApart = new URL(asked ?? "", from).origin !== location.origin;
      const url = new URL(asked ?? (isApart ? "index.html" : "unopened.html"), from);
      if (!/^https?:$/.test(url.protocol)) return;
      const code = /** @type {HTMLElement | null} */ (this.closest("[lang]"))?.lang.split("-")[0] ?? "";
      url.searchParams.set("embed", "1");
      if (Object.hasOwn(TITLES, code)) url.searchParams.set("lang", code);
      const link = LINKS.find((name) => this.hasAttribute(name));
      const value = link && this.getAttribute(link);
      url.hash = link ? (value ? `${link}=${value}` : link) : "";
      frame.title = this.title || TITLES[/** @type {"ja" | "en"} */ (code)] || TITLES.en;
      const sandbox = isApart ? `${ALLOWED} allow-same-origin` : ALLOWED;
      if (frame.getAttribute("sandbox") !== sandbox) frame.setAttribute("sandbox", sandbox);
      this.#wanted = url.href;
      if (this.#at === "") frame.src = this.#at = url.href;
      else this.#go();
    }

    /** Goes there, without a trace in the history of the page around it. While the frame loads, it would be lost. */
    #go() {
      if (!this.#loaded || this.#at === this.#wanted) return;
      const [old, next] = [this.#at, this.#wanted].map((url) => url.split("#")[0]);
      this.#loaded = old === next;
      this.#at = this.#wanted;
      this.#frame?.contentWindow?.location.replace(this.#wanted);
    }
  }

  if (!customElements.get("unopened-checker")) customElements.define("unopened-checker", UnopenedChecker);
})();
