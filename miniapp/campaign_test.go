package miniapp

import (
	"bufio"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"kartka/engine"
	"kartka/engine/campaign"
	"kartka/engine/segment"
)

// menu is where the link of a test's campaign leads.
const menu = "https://coffee.example/menu?a=1&b=%D0%BA#top"

// campaign sends a message with a link to everybody who agreed, and gives what one of them got.
func (l *lobby) campaign(p engine.Program, sender string, readers ...string) (engine.Campaign, []engine.Delivery) {
	l.t.Helper()
	for _, user := range readers {
		m, _ := l.guest(p, user)
		l.must(l.engine.SetConsent(l.t.Context(), engine.Consent{ProgramID: p.ID, MemberID: m.ID, Channel: telegram, Purpose: engine.PurposeMarketing, Given: true, Source: "settings"}))
	}
	plan := campaign.Plan{Title: "All", Audience: segment.All{}, Window: 7, Variants: []campaign.Variant{{Weight: 1, Content: campaign.Content{
		Texts:   map[string]string{"en": "Coffee"},
		Buttons: []campaign.Button{{Kind: campaign.ButtonCard}, {Kind: campaign.ButtonLink, URL: menu, Labels: map[string]string{"en": "Menu"}}}}}}}
	c, err := l.engine.SaveBroadcast(l.t.Context(), engine.SaveBroadcastInput{ProgramID: p.ID, Name: "Spring", Plan: plan})
	l.must(err)
	c, err = l.engine.SendBroadcast(l.t.Context(), engine.SendBroadcastInput{ProgramID: p.ID, ID: c.ID, Version: c.Version})
	l.must(err)
	_, err = l.engine.RunCampaigns(l.t.Context(), p.ID)
	l.must(err)
	all, err := l.store.ClaimDeliveries(l.t.Context(), engine.DeliveryClaim{ProgramID: p.ID, CampaignID: c.ID, Channel: telegram, Sender: sender, Now: l.now(), Fence: 1, After: -1, Limit: 100})
	l.must(err)
	if len(all) != len(readers) {
		l.t.Fatalf("%d deliveries for %d readers", len(all), len(readers))
	}
	return c, all
}

// settles says that deliveries were sent.
func (l *lobby) settles(c engine.Campaign, all ...engine.Delivery) {
	l.t.Helper()
	for i := range all {
		all[i].State, all[i].SentAt, all[i].Until = engine.OutboundSent, l.now(), c.Attributed(l.now())
	}
	l.must(l.store.SettleDeliveries(l.t.Context(), all))
}

func (l *lobby) clicks(c engine.Campaign) (people, presses int) {
	l.t.Helper()
	all, err := l.store.PressCounts(l.t.Context(), c.ProgramID, c.ID)
	l.must(err)
	for _, p := range all {
		people, presses = people+p.People, presses+p.Presses
	}
	return people, presses
}

func TestLinksOfCampaignsLeadOn(t *testing.T) {
	l := newLobby(t)
	c, all := l.campaign(l.kava, kavaBot, "11", "12")
	l.settles(c, all...)
	link := func(d engine.Delivery, button int) string {
		return "/app/kava/go/" + engine.ClickToken(l.kava, d, button)
	}
	first := link(all[0], 1)
	for range 2 {
		w := l.want(http.StatusFound, "HEAD", first, "")
		if w.Header().Get("Location") != menu || w.Body.Len() > 0 {
			t.Errorf("a look leads to %v", w.Header())
		}
	}
	if people, presses := l.clicks(c); people != 0 || presses != 0 {
		t.Errorf("looks count: %d people, %d presses", people, presses)
	}
	for range 3 {
		w := l.want(http.StatusFound, "GET", first, "")
		h := w.Header()
		if h.Get("Location") != menu || h.Get("Referrer-Policy") != "no-referrer" || h.Get("Cache-Control") != "no-store" || h.Get("Set-Cookie") != "" || w.Body.Len() > 0 {
			t.Errorf("a click leads to %v", h)
		}
	}
	l.want(http.StatusFound, "GET", link(all[1], 1), "")
	if people, presses := l.clicks(c); people != 2 || presses != 4 {
		t.Errorf("%d people with %d presses, want 2 and 4", people, presses)
	}
	p, err := l.engine.CampaignProgress(t.Context(), l.kava.ID, c.ID)
	if err != nil || p.Clicked != 2 {
		t.Errorf("clicked: %d, %v", p.Clicked, err)
	}
	nobody := all[0]
	nobody.No = -1
	l.want(http.StatusNotFound, "GET", link(nobody, 1), "")
	if _, presses := l.clicks(c); presses != 4 {
		t.Errorf("a click of nobody counts")
	}
}

// Nobody is led anywhere that a campaign of this very shop does not lead to.
func TestLinksThatAreNone(t *testing.T) {
	l := newLobby(t)
	c, all := l.campaign(l.kava, kavaBot, "11")
	l.settles(c, all...)
	good := engine.ClickToken(l.kava, all[0], 1)
	forged := []byte(good)
	forged[len(forged)-3] ^= 1
	elsewhere := all[0]
	elsewhere.CampaignID = l.engine.NewID()
	for name, path := range map[string]string{
		"forged": "kava/go/" + string(forged), "cut": "kava/go/" + good[:20], "nothing": "kava/go/x", "of a button that is none": "kava/go/" + engine.ClickToken(l.kava, all[0], 7),
		"of a button that leads nowhere": "kava/go/" + engine.ClickToken(l.kava, all[0], 0), "of no campaign": "kava/go/" + engine.ClickToken(l.kava, elsewhere, 1),
		"another shop's": "other/go/" + good, "signed by another shop": "kava/go/" + engine.ClickToken(l.other, all[0], 1), "an address": "kava/go/https:%2F%2Fevil.example",
	} {
		for _, method := range []string{"GET", "HEAD"} {
			w := l.want(http.StatusNotFound, method, "/app/"+path+"?to=https://evil.example", "", header("Accept-Language", "uk"))
			if w.Header().Get("Location") != "" || method == "GET" && !strings.Contains(w.Body.String(), `lang="uk"`) {
				t.Errorf("%s: %v %s", name, w.Header(), w.Body)
			}
		}
	}
	l.want(http.StatusNotFound, "GET", "/app/nobody/go/"+good, "")
	if people, _ := l.clicks(c); people != 0 {
		t.Errorf("%d people clicked", people)
	}
}

// watchCampaign opens a stream about a campaign.
func (l *lobby) watchCampaign(server *httptest.Server, token, id string) *http.Response {
	l.t.Helper()
	r, err := http.NewRequestWithContext(l.t.Context(), "GET", server.URL+"/app/kava/live/campaign/"+id, nil)
	l.must(err)
	r.Header.Set("Authorization", "Bearer "+token)
	answer, err := http.DefaultClient.Do(r)
	l.must(err)
	l.t.Cleanup(func() { _ = answer.Body.Close() })
	return answer
}

func TestCampaignsAreWatched(t *testing.T) {
	l := newLobby(t)
	l.app.campaignEvery = time.Millisecond
	c, all := l.campaign(l.kava, kavaBot, "11", "12", "13")
	l.hire(l.kava, "21", engine.RoleMarketer)
	server := l.serve()
	answer := l.watchCampaign(server, l.session(l.kava, kavaToken, "21"), c.ID)
	if answer.StatusCode != http.StatusOK || !strings.HasPrefix(answer.Header.Get("Content-Type"), "text/event-stream") || answer.Header.Get("Cache-Control") != "no-store" {
		t.Fatalf("no stream: %s, %v", answer.Status, answer.Header)
	}
	s := &stream{lines: bufio.NewReader(answer.Body)}
	if first := s.next(t); first != "retry: 2000" {
		t.Errorf("begins with %q", first)
	}
	next := func() (name string, now campaignNow) {
		t.Helper()
		event := s.next(t)
		name, data, found := strings.Cut(event, "data: ")
		if !found || json.Unmarshal([]byte(data), &now) != nil {
			t.Fatalf("heard %q", event)
		}
		return strings.TrimSpace(name), now
	}
	if name, now := next(); name != "" || now != (campaignNow{State: engine.CampaignRunning, To: 3, Waiting: 3}) {
		t.Errorf("at first: %q %+v", name, now)
	}
	l.settles(c, all[0])
	if _, now := next(); now.Sent != 1 || now.Waiting != 2 || now.PerMinute != 60 || now.Seconds != 2 {
		t.Errorf("after one: %+v", now)
	}
	_, err := l.engine.PauseCampaign(t.Context(), l.kava.ID, c.ID, "")
	l.must(err)
	if _, now := next(); now.State != engine.CampaignPaused || now.Why != engine.WhyStaff || now.PerMinute != 0 {
		t.Errorf("paused: %+v", now)
	}
	_, err = l.engine.CancelCampaign(t.Context(), l.kava.ID, c.ID, "")
	l.must(err)
	if name, now := next(); name != "event: end" || now.State != engine.CampaignCancelled || now.Sent != 1 {
		t.Errorf("the end: %q %+v", name, now)
	}
	if rest := s.next(t); rest != "" {
		t.Errorf("after the end: %q", rest)
	}
	over := l.watchCampaign(server, l.session(l.kava, kavaToken, "21"), c.ID)
	all2, err := io.ReadAll(over.Body)
	if err != nil || strings.Count(string(all2), "event: end") != 1 {
		t.Errorf("of one that is over: %q, %v", all2, err)
	}
	l.await(func() bool { return len(l.app.hub.watchers()) == 0 })
}

func TestCampaignsAreWatchedByWhoeverMaySend(t *testing.T) {
	l := newLobby(t)
	c, _ := l.campaign(l.kava, kavaBot, "11")
	path := "/app/kava/live/campaign/"
	l.hire(l.kava, "21", engine.RoleCashier)
	manager, _ := l.hire(l.kava, "22", engine.RoleManager)
	for user, want := range map[string]int{"11": http.StatusForbidden, "21": http.StatusForbidden, "22": http.StatusOK} {
		l.want(want, "HEAD", path+c.ID, "", bearer(l.session(l.kava, kavaToken, user)))
	}
	l.want(http.StatusUnauthorized, "GET", path+c.ID, "", header("HX-Request", "true"))
	token := l.session(l.kava, kavaToken, "22")
	l.want(http.StatusNotFound, "GET", path+"nothing", "", bearer(token))
	other, _ := l.campaign(l.other, otherBot, "31")
	l.want(http.StatusNotFound, "GET", path+other.ID, "", bearer(token))
	l.must(l.engine.DismissStaff(t.Context(), l.kava.ID, "", manager.ID))
	l.want(http.StatusForbidden, "GET", path+c.ID, "", bearer(token))
}
