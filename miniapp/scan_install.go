package miniapp

import (
	"encoding/json"
	"net/http"

	"kartka/engine"
	"kartka/locales"
	"kartka/miniapp/ui"
	"kartka/words"
)

// scanWorker is the script by which a browser keeps the scanner for times without a network. Its address is that of the pages it may serve, and its
// content names the version of the files, so that a new one is fetched with them.
func (a *App) scanWorker(w http.ResponseWriter, r *http.Request) {
	program, err := a.shops.find(r.Context(), r.PathValue("shop"))
	if err != nil {
		a.refuse(w, r, nil, err)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/javascript; charset=utf-8")
	h.Set("Cache-Control", "no-cache")
	_, _ = w.Write(a.ui.Assets.Worker(Path + program.Slug + "/scan/"))
}

// scanManifest tells a browser how the scanner is installed.
func (a *App) scanManifest(w http.ResponseWriter, r *http.Request) {
	program, err := a.shops.find(r.Context(), r.PathValue("shop"))
	if err != nil {
		a.refuse(w, r, nil, err)
		return
	}
	said := a.wordsFor(r, program)
	base := Path + program.Slug + "/scan/"
	icon, err := a.ui.Assets.Path("favicon.svg")
	if err != nil {
		a.refuse(w, r, nil, err)
		return
	}
	w.Header().Set("Content-Type", "application/manifest+json")
	w.Header().Set("Cache-Control", "no-cache")
	_ = json.NewEncoder(w).Encode(map[string]any{ // a reader who has gone away
		"name": said.T("scan.title") + " · " + program.Settings.Name, "short_name": said.T("scan.title"), "lang": said.P.Language(),
		"id": base, "start_url": base, "scope": base, "display": "standalone", "background_color": "#f1f3f6", "theme_color": "#14324f",
		"icons": []map[string]string{{"src": icon, "sizes": "any", "type": "image/svg+xml", "purpose": "any"}, {"src": ui.AssetsPath + a.ui.Assets.Version() + "/icon-192.png", "sizes": "192x192", "type": "image/png"},
			{"src": ui.AssetsPath + a.ui.Assets.Version() + "/icon-512.png", "sizes": "512x512", "type": "image/png"}},
	})
}

// wordsFor are words for somebody of whom only the browser's languages are known.
func (a *App) wordsFor(r *http.Request, program engine.Program) words.Words {
	var l locales.Language = words.Language("", r.Header.Get("Accept-Language"), program.Settings.Languages)
	return words.New(a.Catalog, l, program, nil, a.Engine.Now())
}
