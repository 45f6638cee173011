// The chat page: asks the sandbox what has changed and draws it. All texts come from the page.
'use strict';
(() => {
  const API = '/sandbox/api/telegram';
  const words = JSON.parse(document.body.dataset.phrases);
  const phones = [...document.querySelectorAll('.phone')].map(newPhone);
  let version = 0;
  let watching = null;
  const apps = startApps({phones, words, themes: JSON.parse(document.body.dataset.themes), el, toast, show, settle: toEnd, follow, choose});

  // el builds an element: el('b', {class: 'x'}, 'text', child).
  function el(tag, attrs = {}, ...children) {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attrs)) {
      if (name.startsWith('on')) node.addEventListener(name.slice(2), value);
      else if (value === true) node.setAttribute(name, '');
      else if (value !== false && value != null) node.setAttribute(name, value);
    }
    node.append(...children.filter(child => child != null && child !== ''));
    return node;
  }

  async function post(path, body) {
    const response = await fetch(API + path, {
      method: 'POST', headers: {'Content-Type': 'application/json'}, body: JSON.stringify(body),
    });
    const answer = await response.json();
    if (!response.ok) throw new Error(answer.error);
    return answer;
  }

  // ---- a phone ----

  function newPhone(root) {
    const find = selector => root.querySelector(selector);
    const phone = {
      root, user: Number(root.dataset.user), bot: root.dataset.bot, payload: root.dataset.payload,
      name: root.dataset.name, title: root.dataset.title,
      log: find('.log'), toasts: find('.toasts'), keyboard: find('.keyboard'), commands: find('.commands'),
      composer: find('.composer'), input: find('.composer input'), slash: find('.slash'), start: find('.start'),
      status: find('.status'), menu: find('.menu'), appButton: find('.app-open'), messages: new Map(), view: null, loaded: false, app: null,
    };
    phone.who = () => ({user: phone.user, bot: phone.bot});
    phone.act = async (path, extra) => {
      try {
        return await post(path, {...phone.who(), ...extra});
      } catch (error) {
        toast(phone, words.failed + ': ' + error.message);
        return null;
      }
    };
    return phone;
  }

  function reset(phone) {
    phone.messages.clear();
    phone.log.replaceChildren();
    phone.view = null;
    phone.loaded = false;
  }

  function toast(phone, text) {
    const node = el('div', {class: 'toast'}, text);
    (phone.app?.toasts || phone.toasts).append(node);
    setTimeout(() => node.remove(), 4000);
  }

  function apply(phone, view) {
    const first = !phone.loaded;
    const news = view.messages.some(m => !m.deleted && !phone.messages.has(m.id));
    const atEnd = first || news || phone.log.scrollHeight - phone.log.scrollTop - phone.log.clientHeight < 120;
    phone.loaded = true;
    phone.view = view;
    for (const message of view.messages) draw(phone, message, first);
    drawAbout(phone, view);
    drawKeyboard(phone, view);
    drawCommands(phone, view);
    const silent = view.blocked || !view.started || (phone.messages.size === 0);
    phone.start.hidden = !silent;
    phone.start.textContent = view.blocked ? words.restart : words.start;
    phone.composer.hidden = silent;
    phone.keyboard.hidden = silent || !view.keyboard;
    phone.input.placeholder = view.hint || words.message;
    phone.appButton.hidden = !view.menu?.web_app;
    phone.appButton.textContent = view.menu?.text || words.open_app;
    clearTimeout(phone.typing);
    if (view.typing) phone.typing = setTimeout(() => { phone.status.textContent = words.bot; }, 5000);
    phone.status.textContent = view.typing ? words.typing : view.blocked ? words.blocked : words.bot;
    for (const button of phone.root.querySelectorAll('.items button')) {
      if (button.dataset.do === 'block') button.hidden = view.blocked;
      if (button.dataset.do === 'unblock') button.hidden = !view.blocked;
      if (button.dataset.do === 'open-app') button.hidden = !(view.menu && view.menu.web_app);
    }
    for (const answer of first ? [] : view.answers || []) showAnswer(phone, answer);
    if (atEnd) toEnd(phone);
    if (!first && view.messages.some(m => m.from === 'bot' && !m.deleted)) markUnread(phone);
  }

  // toEnd shows the newest message, also once its picture has come and made it taller.
  function toEnd(phone) {
    const down = () => { phone.log.scrollTop = phone.log.scrollHeight; };
    down();
    for (const img of phone.log.querySelectorAll('img')) if (!img.complete) img.addEventListener('load', down, {once: true});
  }

  function showAnswer(phone, answer) {
    for (const busy of phone.log.querySelectorAll('.busy')) busy.classList.remove('busy');
    if (answer.url) follow(phone, answer.url);
    if (!answer.text) return;
    if (!answer.alert) return toast(phone, answer.text);
    alertBox(answer.text);
  }

  function alertBox(text) {
    const dialog = document.getElementById('alert');
    document.getElementById('alert-text').textContent = text;
    if (!dialog.open) dialog.showModal();
  }

  function drawAbout(phone, view) {
    phone.log.querySelector('.about')?.remove();
    if (phone.messages.size === 0) phone.log.append(el('p', {class: 'about'}, view.about || words.empty));
  }

  // ---- messages ----

  function draw(phone, message, quiet) {
    const old = phone.messages.get(message.id);
    if (message.deleted) {
      old?.remove();
      phone.messages.delete(message.id);
      return;
    }
    const node = drawMessage(phone, message);
    if (!quiet && !old) node.classList.add('fresh');
    if (old) old.replaceWith(node);
    else phone.log.append(node);
    phone.messages.set(message.id, node);
  }

  function drawMessage(phone, m) {
    if (m.kind === 'service') return el('div', {class: 'msg service'}, m.text);
    const bubble = el('div', {class: 'bubble'});
    if (m.forwarded) bubble.append(el('span', {class: 'quote'}, words.forwarded + ' ' + m.forwarded));
    if (m.reply) bubble.append(el('span', {class: 'quote'}, m.reply));
    if (m.photo) bubble.append(drawPhoto(phone, m));
    if (m.document) bubble.append(drawDocument(m.document));
    if (m.contact) bubble.append(el('span', {class: 'card'}, el('small', {}, words.contact), el('b', {}, m.contact.first_name), '+' + m.contact.phone_number.replace(/^\+/, '')));
    if (m.kind === 'location') bubble.append('📍 ' + words.location);
    if (m.kind === 'sticker') bubble.append('☕ ' + words.sticker);
    if (m.kind === 'voice') bubble.append('🎤 ' + words.voice);
    if (m.text) bubble.append(drawText(phone, m.text, m.entities || []));
    if (!m.protected) {
      bubble.append(el('button', {type: 'button', class: 'forward', 'aria-label': words.forward, title: words.forward,
        onclick: () => phone.act('/forward', {message_id: m.id})}, '↪'));
    }
    const time = new Date(m.date).toLocaleTimeString([], {hour: '2-digit', minute: '2-digit'});
    bubble.append(el('span', {class: 'meta'}, (m.edits ? words.edited + ' ' : '') + time));
    const node = el('div', {class: 'msg ' + (m.from === 'me' ? 'me' : 'bot')}, bubble);
    if (m.buttons) node.append(drawButtons(phone, m));
    return node;
  }

  function drawPhoto(phone, m) {
    const img = el('img', {src: API + '/files/' + m.photo.file, width: m.photo.width, height: m.photo.height, alt: m.photo.code ? words.scan_hint : words.photo});
    if (!m.photo.code) return el('span', {class: 'picture'}, img);
    return el('button', {type: 'button', class: 'picture', onclick: () => apps.scan(m.photo.code) || openScan(phone, m)}, img, el('small', {}, words.scan_hint));
  }

  function drawDocument(d) {
    const size = d.size < 1024 ? d.size + ' B' : Math.round(d.size / 1024) + ' KB';
    return el('a', {class: 'file', href: API + '/files/' + d.file, download: d.name, 'aria-label': words.download + ' ' + d.name},
      el('span', {class: 'clip', 'aria-hidden': 'true'}, '↓'), el('span', {}, el('b', {}, d.name), el('small', {}, size)));
  }

  const marks = {primary: 'primary', success: 'success', danger: 'danger'};

  function drawButtons(phone, m) {
    const rows = el('div', {class: 'rows'});
    for (const row of m.buttons) {
      const line = el('div');
      row.forEach(button => {
        const mark = button.url || button.login_url ? '↗' : button.copy_text ? '⧉' : button.web_app ? '▣' : '';
        line.append(el('button', {type: 'button', class: marks[button.style], onclick: event => press(phone, m, button, event.currentTarget)},
          button.text, mark && el('span', {class: 'mark', 'aria-hidden': 'true'}, mark)));
      });
      rows.append(line);
    }
    return rows;
  }

  async function press(phone, m, button, node) {
    if (button.callback_data) {
      node.classList.add('busy');
      setTimeout(() => node.classList.remove('busy'), 10000);
      return phone.act('/press', {message_id: m.id, data: button.callback_data});
    }
    if (button.copy_text) {
      try { await navigator.clipboard.writeText(button.copy_text.text); } catch { /* the toast still shows the text */ }
      return toast(phone, words.copied + ': ' + button.copy_text.text);
    }
    if (button.web_app) return apps.open(phone, button.web_app.url);
    const link = button.url || button.login_url?.url;
    if (link) follow(phone, link);
  }

  // follow opens a link: deep links start their bot, share links ask for somebody to write to, pages open beside this one.
  async function follow(phone, link) {
    const shared = sharedText(link);
    if (shared) return passOn(phone, shared);
    const result = await phone.act('/open-link', {link, bot: undefined});
    if (result?.url && /^https?:/.test(result.url)) window.open(result.url, '_blank', 'noopener,noreferrer');
    return result;
  }

  // sharedText is what a share link (core.telegram.org/api/links#share-links) wants to be passed on, '' for other links.
  function sharedText(link) {
    const url = URL.parse(link);
    if (url?.host !== 't.me' || !/^\/share(\/url)?\/?$/.test(url.pathname)) return '';
    return [url.searchParams.get('url'), url.searchParams.get('text')].filter(part => part).join('\n');
  }

  async function passOn(phone, text) {
    const other = await choose(phone);
    if (other && await phone.act('/pass-on', {to: other.user, text})) toast(phone, words.shared);
    return null;
  }

  // choose asks for one of the other people; null is nobody.
  function choose(phone) {
    const dialog = document.getElementById('share');
    return new Promise(resolve => {
      let chosen = null;
      dialog.querySelector('.cameras').replaceChildren(...phones.filter(p => p !== phone).map(other =>
        el('button', {type: 'button', 'data-user': other.user, onclick: () => {
          chosen = other;
          dialog.close();
        }}, other.root.querySelector('.avatar').cloneNode(true), other.title + ': ' + other.name)));
      dialog.addEventListener('close', () => resolve(chosen), {once: true});
      dialog.showModal();
    });
  }

  // drawText turns entities into elements. Offsets are UTF-16 units, as in JavaScript strings.
  function drawText(phone, text, entities) {
    const build = (from, to, list) => {
      const part = document.createDocumentFragment();
      let at = from;
      while (list.length) {
        const e = list[0];
        const end = Math.min(e.offset + e.length, to);
        const inner = list.slice(1).filter(x => x.offset < end);
        list = list.slice(1).filter(x => x.offset >= end);
        if (e.offset > at) part.append(text.slice(at, e.offset));
        part.append(wrap(phone, e, text.slice(e.offset, end), build(e.offset, end, inner)));
        at = end;
      }
      part.append(text.slice(at, to));
      return part;
    };
    return build(0, text.length, entities);
  }

  function wrap(phone, e, plain, inner) {
    const link = href => el('a', {href, target: '_blank', rel: 'noopener noreferrer', onclick: event => {
      event.preventDefault();
      follow(phone, href);
    }}, inner);
    switch (e.type) {
      case 'bold': return el('b', {}, inner);
      case 'italic': return el('i', {}, inner);
      case 'underline': return el('u', {}, inner);
      case 'strikethrough': return el('s', {}, inner);
      case 'code': return el('code', {}, inner);
      case 'pre': return el('pre', {}, inner);
      case 'blockquote': case 'expandable_blockquote': return el('blockquote', {}, inner);
      case 'spoiler': return el('span', {class: 'spoiler', onclick: event => event.currentTarget.classList.add('open')}, inner);
      case 'url': return link(plain);
      case 'text_link': return link(e.url);
      case 'bot_command': return el('button', {type: 'button', class: 'command', onclick: () => phone.act('/text', {text: plain})}, plain);
      default: return inner;
    }
  }

  // ---- keyboards and commands ----

  function drawKeyboard(phone, view) {
    phone.keyboard.replaceChildren();
    for (const row of view.keyboard?.keyboard || []) {
      const line = el('div');
      for (const button of row) {
        line.append(el('button', {type: 'button', onclick: () => phone.act('/reply-button', {label: button.text})},
          button.text));
      }
      phone.keyboard.append(line);
    }
  }

  function drawCommands(phone, view) {
    const list = view.commands || [];
    phone.slash.hidden = list.length === 0;
    phone.commands.replaceChildren(...list.map(c => el('button', {type: 'button', onclick: () => {
      showCommands(phone, false);
      phone.act('/text', {text: '/' + c.command});
    }}, el('b', {}, '/' + c.command), el('span', {}, c.description))));
    if (list.length === 0) showCommands(phone, false);
  }

  function showCommands(phone, shown) {
    phone.commands.hidden = !shown;
    phone.slash.setAttribute('aria-expanded', String(shown));
  }

  // ---- scanning ----

  function openScan(phone, m) {
    const dialog = document.getElementById('scan');
    dialog.querySelector('img').src = API + '/files/' + m.photo.file;
    dialog.querySelector('code').textContent = m.photo.code;
    dialog.querySelector('.cameras').replaceChildren(...[...phones.filter(p => p !== phone), phone].map(other =>
      el('button', {type: 'button', onclick: async () => {
        dialog.close();
        const result = await other.act('/scan', {bot: undefined, message: {...phone.who(), message_id: m.id}});
        if (!result) return;
        if (result.url) toast(other, result.url);
        show(other);
      }}, other.root.querySelector('.avatar').cloneNode(true), other.title + ': ' + other.name)));
    dialog.showModal();
  }

  // ---- which phone is in front (narrow screens) ----

  const tabs = [...document.querySelectorAll('.tab')];

  function show(phone) {
    for (const p of phones) p.root.classList.toggle('active', p === phone);
    for (const tab of tabs) {
      const mine = Number(tab.dataset.phone) === phone.user;
      tab.setAttribute('aria-pressed', String(mine));
      if (mine) tab.querySelector('.unread').hidden = true;
    }
    phone.root.scrollIntoView({block: 'nearest', inline: 'nearest'});
    phone.log.scrollTop = phone.log.scrollHeight;
  }

  function markUnread(phone) {
    if (phone.root.classList.contains('active')) return;
    const tab = tabs.find(t => Number(t.dataset.phone) === phone.user);
    if (tab) tab.querySelector('.unread').hidden = false;
  }

  for (const tab of tabs) {
    tab.addEventListener('click', () => show(phones.find(p => p.user === Number(tab.dataset.phone))));
  }

  // ---- what a visitor can do ----

  for (const phone of phones) {
    phone.start.addEventListener('click', async () => {
      await phone.act('/start', {payload: phone.view?.blocked ? '' : phone.payload});
      phone.input.focus({preventScroll: true});
    });
    phone.composer.addEventListener('submit', async event => {
      event.preventDefault();
      const text = phone.input.value.trim();
      if (!text) return;
      phone.input.value = '';
      if (!await phone.act('/text', {text})) phone.input.value = text;
    });
    phone.appButton.addEventListener('click', () => apps.open(phone, phone.view.menu.web_app.url));
    phone.slash.addEventListener('click', () => showCommands(phone, phone.commands.hidden));
    phone.root.querySelector('.bots')?.addEventListener('change', event => {
      apps.close(phone);
      phone.bot = event.target.value;
      reset(phone);
      load(phone);
    });
    phone.menu.addEventListener('click', event => {
      const button = event.target.closest('[data-do]');
      if (!button) return;
      phone.menu.open = false;
      const kind = button.dataset.kind;
      switch (button.dataset.do) {
        case 'open-link': return openLinkDialog(phone);
        case 'open-app': return apps.open(phone, phone.view.menu.web_app.url);
        case 'contact': return phone.act('/contact', {kind, card: kind === 'foreign' ? {phone: '48600700800', first_name: words.foreign_name, user_id: 99} : undefined});
        case 'pick': return pickPicture(phone);
        case 'attach': return phone.act('/attach', {kind});
        default: return phone.act('/' + button.dataset.do, {});
      }
    });
  }

  // pickPicture sends a picture of the visitor's own; what is in the input field becomes its caption.
  function pickPicture(phone) {
    const input = el('input', {type: 'file', accept: 'image/png,image/jpeg,image/gif', onchange: () => {
      const reader = new FileReader();
      reader.onload = async () => {
        const caption = phone.input.value.trim();
        if (await phone.act('/picture', {data: reader.result.slice(reader.result.indexOf(',') + 1), caption})) phone.input.value = '';
      };
      if (input.files.length > 0) reader.readAsDataURL(input.files[0]);
    }});
    input.click();
  }

  function openLinkDialog(phone) {
    const dialog = document.getElementById('open-link');
    const form = dialog.querySelector('form');
    form.reset();
    form.onsubmit = () => follow(phone, form.elements.link.value.trim());
    dialog.showModal();
  }

  document.querySelector('#add-person form').addEventListener('submit', async event => {
    const data = Object.fromEntries(new FormData(event.target));
    try {
      const person = await post('/users', {...data, shown: true});
      location.hash = 'phone-' + person.id;
      location.reload();
    } catch (error) {
      alertBox(words.failed + ': ' + error.message);
    }
  });
  for (const opener of document.querySelectorAll('[data-open]')) {
    opener.addEventListener('click', () => document.getElementById(opener.dataset.open).showModal());
  }
  for (const closer of document.querySelectorAll('[data-close]')) {
    closer.addEventListener('click', () => closer.closest('dialog').close());
  }
  document.addEventListener('click', event => {
    for (const phone of phones) {
      if (phone.menu.open && !phone.menu.contains(event.target)) phone.menu.open = false;
    }
  });
  document.addEventListener('keydown', event => {
    if (event.key !== 'Escape') return;
    for (const phone of phones) {
      phone.menu.open = false;
      showCommands(phone, false);
    }
  });

  // ---- changes ----

  async function load(phone) {
    const response = await fetch(`${API}/chat?user=${phone.user}&bot=${phone.bot}`);
    if (!response.ok) throw new Error(String(response.status));
    apply(phone, await response.json());
    watching?.abort();
  }

  async function watch() {
    const chats = phones.map(p => `chat=${p.user}:${p.bot}`).join('&');
    watching = new AbortController();
    const response = await fetch(`${API}/watch?since=${version}&wait=25&${chats}`, {signal: watching.signal});
    if (!response.ok) throw new Error(String(response.status));
    const news = await response.json();
    if (news.version < version) return location.reload(); // the sandbox has been restarted
    version = news.version;
    for (const view of news.chats) {
      const phone = phones.find(p => p.user === view.user && p.bot === String(view.bot));
      if (phone) apply(phone, view);
    }
  }

  async function run() {
    const offline = document.querySelector('.offline');
    let loaded = false;
    for (;;) {
      try {
        if (!loaded) {
          // The version comes first: what happens while the chats are loading is then asked for again.
          version = (await (await fetch(API + '/watch?since=0&wait=0')).json()).version;
          await Promise.all(phones.map(load));
          loaded = true;
        }
        await watch();
        offline.hidden = true;
      } catch (error) {
        if (error.name === 'AbortError') continue;
        offline.hidden = false;
        await new Promise(again => setTimeout(again, 1500));
      }
    }
  }

  const wanted = phones.find(p => '#' + p.root.id === location.hash);
  if (wanted) show(wanted);
  if (phones.length > 0) run();
})();
