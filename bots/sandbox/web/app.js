// The Mini Apps of the chat page: opens one inside a phone and answers it the way Telegram Web does
// (core.telegram.org/api/web-events). All texts come from the page.
'use strict';

// startApps returns what opens Mini Apps and what they listen to. Of the page it takes its phones and texts, the themes, and what
// the page does anyway: el builds elements, toast tells a phone something, show brings one to the front, settle shows the end of its
// chat, follow opens a link, choose asks for one of the people, passOn writes to one.
function startApps({phones, words, themes, el, toast, show, settle, follow, choose}) {
  const origin = location.origin;
  const scanners = []; // apps that wait for a code, the last one first in line

  // ---- themes ----

  const night = matchMedia('(prefers-color-scheme: dark)');
  const themeSwitch = document.querySelector('.theme');

  const theme = () => document.documentElement.dataset.theme || (night.matches ? 'dark' : 'light');

  function setTheme(name) {
    if (name) document.documentElement.dataset.theme = name;
    themeSwitch.textContent = theme() === 'dark' ? words.theme_light : words.theme_dark;
    for (const app of running()) {
      paint(app);
      tell(app, 'theme_changed', {theme_params: themes[theme()]});
    }
  }

  themeSwitch.addEventListener('click', () => {
    setTheme(theme() === 'dark' ? 'light' : 'dark');
    localStorage.setItem('sandbox-theme', theme());
  });
  night.addEventListener('change', () => setTheme());

  // paint gives the frame around a page the colours of the theme, and those that the page has asked for.
  function paint(app) {
    const params = themes[theme()];
    const colour = (wish, otherwise) => params[wish] || (/^#[0-9a-f]{6}$/i.test(wish) ? wish : params[otherwise]);
    const set = (name, value) => app.root.style.setProperty('--app-' + name, value);
    set('bg', colour(app.wishes.background, 'bg_color'));
    set('header', colour(app.wishes.header, 'header_bg_color'));
    set('bar', colour(app.wishes.bar, 'bottom_bar_bg_color'));
    set('sheet', params.section_bg_color);
    set('ink', params.text_color);
    set('soft', params.hint_color);
    set('line', params.section_separator_color);
    set('danger', params.destructive_text_color);
    for (const name of ['main', 'secondary']) paintButton(app, name);
  }

  // ---- opening and closing ----

  const running = () => phones.map(phone => phone.app).filter(app => app);

  // open opens a page in a phone; without one, that of the menu button.
  async function open(phone, page) {
    const launch = await phone.act('/open-app', {page, kind: 'menu', theme: theme()});
    if (!launch) return;
    if (!/^https?:/.test(launch.url || '')) return toast(phone, words.failed + ': ' + (launch.url || ''));
    close(phone);
    phone.app = build(phone, page, launch.url);
    paint(phone.app);
    phone.root.classList.add('in-app');
    phone.root.append(phone.app.root);
    show(phone);
    phone.app.root.querySelector('.app-close').focus({preventScroll: true});
  }

  function close(phone) {
    const app = phone.app;
    if (!app) return;
    stopScan(app);
    app.watch?.disconnect();
    app.root.remove();
    phone.app = null;
    phone.root.classList.remove('in-app');
    settle(phone);
  }

  function build(phone, page, url) {
    const app = {phone, page, wishes: {}, buttons: {main: {}, secondary: {}}, over: null};
    const button = (kind, label, mark, act) => el('button', {type: 'button', class: 'icon ' + kind, 'aria-label': label, title: label, onclick: act}, mark);
    app.back = button('app-back', words.back, '←', () => tell(app, 'back_button_pressed'));
    app.back.hidden = true;
    app.settings = el('button', {type: 'button', class: 'app-settings', hidden: true, onclick: () => tell(app, 'settings_button_pressed')}, words.settings);
    app.menu = el('details', {class: 'menu', onclick: event => { if (event.target.closest('button')) app.menu.open = false; }},
      el('summary', {'aria-label': words.more, title: words.more}, '⋮'),
      el('div', {class: 'items'}, app.settings,
        el('button', {type: 'button', class: 'app-reload', onclick: () => open(phone, page)}, words.reload)));
    app.wait = el('p', {class: 'app-wait', role: 'status'}, words.app_wait);
    app.body = el('div', {class: 'app-body'}, app.wait);
    for (const name of ['main', 'secondary']) {
      app[name] = el('button', {type: 'button', class: 'app-' + name, hidden: true, onclick: () => tell(app, name + '_button_pressed')});
    }
    app.bars = el('div', {class: 'app-bars', 'data-position': 'left'}, app.secondary, app.main);
    app.toasts = el('div', {class: 'toasts', role: 'status', 'aria-live': 'polite'});
    app.root = el('div', {class: 'app', role: 'region', 'aria-label': phone.view?.title || words.open_app, onkeydown: event => {
      if (event.key === 'Escape') app.over?.dismiss();
    }},
    el('div', {class: 'app-top'}, app.back, el('b', {class: 'app-title'}, phone.view?.title || ''), app.menu,
      button('app-close', words.close, '✕', () => leave(app))),
    app.body, app.bars, app.toasts);
    if (new URL(url).origin === origin) frame(app, url);
    else app.body.replaceChildren(el('p', {class: 'app-wait'}, words.app_elsewhere, ' ', el('a', {href: url, target: '_blank', rel: 'noopener'}, new URL(url).origin)));
    return app;
  }

  function frame(app, url) {
    app.frame = el('iframe', {src: url, title: app.phone.view?.title || words.open_app});
    app.frame.addEventListener('load', () => {
      app.wait.hidden = true;
      // Codes on this page can be scanned by the Mini Apps of other phones.
      try {
        app.frame.contentDocument.addEventListener('click', event => {
          const code = event.target.closest?.('[data-qr]');
          if (!code || !scan(code.dataset.qr, app)) return;
          event.preventDefault();
          event.stopPropagation();
        }, true);
      } catch { /* the page has gone to another address */ }
    });
    app.body.append(app.frame);
    app.watch = new ResizeObserver(() => tellViewport(app));
    app.watch.observe(app.frame);
  }

  // leave closes a Mini App that the person wants to close; one that has asked for it is asked about first.
  function leave(app) {
    if (!app.confirm) return close(app.phone);
    ask(app, {message: words.app_leave, buttons: [{id: 'leave', type: 'destructive', text: words.leave}, {type: 'cancel'}]}, id => {
      if (id === 'leave') close(app.phone);
    });
  }

  document.addEventListener('click', event => {
    for (const app of running()) if (app.menu.open && !app.menu.contains(event.target)) app.menu.open = false;
  });
  window.addEventListener('blur', () => { // a click into a page is not seen here
    for (const app of running()) app.menu.open = false;
  });

  // ---- talking to the page ----

  function tell(app, eventType, eventData = {}) {
    app.frame?.contentWindow?.postMessage(JSON.stringify({eventType, eventData}), origin);
  }

  function tellViewport(app) {
    tell(app, 'viewport_changed', {width: app.frame.clientWidth, height: app.frame.clientHeight, is_state_stable: true, is_expanded: true});
  }

  window.addEventListener('message', event => {
    const app = running().find(one => one.frame && one.frame.contentWindow === event.source);
    if (!app || event.origin !== origin || typeof event.data !== 'string') return;
    let message;
    try {
      message = JSON.parse(event.data);
      if (message.eventData && typeof message.eventData === 'string') message.eventData = JSON.parse(message.eventData);
    } catch {
      return;
    }
    if (Object.hasOwn(answers, message?.eventType)) answers[message.eventType](app, message.eventData || {});
  });

  const nothing = {top: 0, right: 0, bottom: 0, left: 0};

  const answers = {
    iframe_ready: () => {},
    iframe_will_reload: app => { app.wait.hidden = false; },
    web_app_ready: app => { app.wait.hidden = true; },
    web_app_expand: () => {},
    web_app_close: app => close(app.phone),
    web_app_request_theme: app => tell(app, 'theme_changed', {theme_params: themes[theme()]}),
    web_app_request_viewport: tellViewport,
    web_app_request_safe_area: app => tell(app, 'safe_area_changed', nothing),
    web_app_request_content_safe_area: app => tell(app, 'content_safe_area_changed', nothing),
    web_app_setup_back_button: (app, data) => { app.back.hidden = !data.is_visible; },
    web_app_setup_settings_button: (app, data) => { app.settings.hidden = !data.is_visible; },
    web_app_setup_main_button: (app, data) => setButton(app, 'main', data),
    web_app_setup_secondary_button: (app, data) => setButton(app, 'secondary', data),
    web_app_set_header_color: (app, data) => wish(app, 'header', data),
    web_app_set_background_color: (app, data) => wish(app, 'background', data),
    web_app_set_bottom_bar_color: (app, data) => wish(app, 'bar', data),
    web_app_setup_closing_behavior: (app, data) => { app.confirm = Boolean(data.need_confirmation); },
    web_app_setup_swipe_behavior: () => {},
    web_app_trigger_haptic_feedback: shake,
    web_app_open_popup: (app, data) => {
      if (app.over) return;
      ask(app, data, id => tell(app, 'popup_closed', id ? {button_id: id} : {}));
    },
    web_app_open_scan_qr_popup: (app, data) => startScan(app, String(data.text || '')),
    web_app_close_scan_qr_popup: stopScan,
    web_app_open_link: (app, data) => {
      if (/^https?:/.test(data.url || '')) window.open(data.url, '_blank', 'noopener,noreferrer');
    },
    web_app_open_tg_link: async (app, data) => {
      const result = await follow(app.phone, 'https://t.me/' + String(data.path_full || '').replace(/^\//, ''));
      if (result?.message_id) close(app.phone); // the answer comes into the chat
    },
    web_app_request_phone: async app => {
      const sent = await app.phone.act('/contact', {kind: 'own'});
      tell(app, 'phone_requested', {status: sent ? 'sent' : 'cancelled'});
    },
    web_app_request_write_access: app => tell(app, 'write_access_requested', {status: 'allowed'}),
    web_app_check_home_screen: app => tell(app, 'home_screen_checked', {status: 'unsupported'}),
    web_app_add_to_home_screen: app => tell(app, 'home_screen_failed', {error: 'UNSUPPORTED'}),
    web_app_request_fullscreen: app => tell(app, 'fullscreen_failed', {error: 'UNSUPPORTED'}),
    web_app_invoke_custom_method: (app, data) => tell(app, 'custom_method_invoked', {req_id: data.req_id, error: 'METHOD_UNSUPPORTED'}),
    web_app_send_prepared_message: async (app, data) => {
      const other = await choose(app.phone);
      if (!other) return tell(app, 'prepared_message_failed', {error: 'USER_DECLINED'});
      const sent = await app.phone.act('/send-prepared', {to: other.user, id: String(data.id)});
      if (!sent) return tell(app, 'prepared_message_failed', {error: 'MESSAGE_EXPIRED'});
      tell(app, 'prepared_message_sent');
      toast(app.phone, words.shared);
    },
  };

  function wish(app, name, data) {
    app.wishes[name] = data.color || data.color_key;
    paint(app);
  }

  function setButton(app, name, data) {
    app.buttons[name] = {...app.buttons[name], ...data};
    paintButton(app, name);
  }

  function paintButton(app, name) {
    const state = app.buttons[name];
    const params = themes[theme()];
    const node = app[name];
    const plain = name === 'secondary';
    node.hidden = !state.is_visible || !state.text;
    node.textContent = state.text || '';
    node.disabled = state.is_active === false;
    node.classList.toggle('busy', Boolean(state.is_progress_visible));
    node.setAttribute('aria-busy', String(Boolean(state.is_progress_visible)));
    node.style.setProperty('--button', state.color || (plain ? params.bottom_bar_bg_color : params.button_color));
    node.style.setProperty('--button-text', state.text_color || (plain ? params.accent_text_color : params.button_text_color));
    if (plain && state.position) app.bars.dataset.position = state.position;
    app.bars.hidden = app.main.hidden && app.secondary.hidden;
  }

  function shake(app) {
    if (matchMedia('(prefers-reduced-motion: reduce)').matches) return;
    app.root.animate([{transform: 'translateX(2px)'}, {transform: 'translateX(-2px)'}, {transform: 'none'}], 90);
  }

  // ---- what lies over the page ----

  // cover lays something over a page until it is dismissed, and calls done with what it was dismissed by.
  function cover(app, name, label, done, ...children) {
    const back = document.activeElement;
    const node = el('div', {class: 'app-over ' + name, role: 'dialog', 'aria-label': label}, el('div', {class: 'sheet'}, ...children));
    app.over = {name, dismiss: what => {
      node.remove();
      app.over = null;
      if (back?.isConnected) back.focus({preventScroll: true});
      done(what);
    }};
    app.root.append(node);
    node.querySelector('button, input')?.focus({preventScroll: true});
  }

  function ask(app, data, done) {
    const texts = {ok: words.ok, close: words.close, cancel: words.cancel};
    const buttons = data.buttons?.length ? data.buttons.slice(0, 3) : [{type: 'close'}];
    cover(app, 'app-popup', data.title || data.message, done,
      data.title && el('h2', {}, data.title), el('p', {}, data.message),
      el('div', {class: 'row'}, ...buttons.map(button => el('button', {
        type: 'button', class: button.type === 'destructive' ? 'plain danger' : 'plain', 'data-id': button.id || '',
        onclick: () => app.over.dismiss(button.id),
      }, texts[button.type] || button.text || words.ok))));
  }

  // ---- scanning ----

  function startScan(app, hint) {
    if (app.over) return;
    const input = el('input', {'aria-label': words.link, placeholder: words.link});
    cover(app, 'app-scan', words.app_scan, byPage => {
      scanners.splice(scanners.indexOf(app), 1);
      document.body.classList.toggle('scanning', scanners.length > 0);
      if (!byPage) tell(app, 'scan_qr_popup_closed');
    },
    el('h2', {}, words.app_scan), hint && el('p', {}, hint),
    el('form', {onsubmit: event => {
      event.preventDefault();
      if (input.value.trim()) tell(app, 'qr_text_received', {data: input.value.trim()});
      input.value = '';
    }}, input, el('button', {type: 'submit', class: 'plain'}, words.send)),
    el('div', {class: 'row'}, el('button', {type: 'button', class: 'plain app-scan-close', onclick: () => app.over.dismiss()}, words.close)));
    scanners.push(app);
    document.body.classList.add('scanning');
  }

  function stopScan(app) {
    if (app.over?.name === 'app-scan') app.over.dismiss(true);
  }

  // scan gives a code to the Mini App that waits for one, unless it is the very page that shows the code. It reports whether one did.
  function scan(text, shownBy) {
    const app = scanners.at(-1);
    if (!app || !text || app === shownBy) return false;
    show(app.phone);
    tell(app, 'qr_text_received', {data: text});
    return true;
  }

  setTheme(['dark', 'light'].find(name => name === localStorage.getItem('sandbox-theme')));
  return {open, close, scan};
}
