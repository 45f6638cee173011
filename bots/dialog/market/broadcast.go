package market

import (
	"context"
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"time"

	"kartka/bots"
	"kartka/bots/dialog/talk"
	"kartka/engine"
	"kartka/engine/campaign"
	"kartka/engine/segment"
	"kartka/words"
)

// The actions of broadcasts all begin with this. Their argument is the campaign's id and, after dots, what else there is to say.
const broadcastAction = "b-"

// Actions of buttons that open a screen.
const (
	actNew       = "b-new"
	actDraft     = "b-draft"
	actPreview   = "b-see"
	actSample    = "b-sample" // a button of a preview
	actText      = "b-text"   // .variant.language
	actLanguages = "b-langs"  // .variant
	actButtons   = "b-btns"   // .variant
	actButton    = "b-btn"    // .variant.button
	actGift      = "b-gift"
	actCoupons   = "b-coups" // .page
	actAudience  = "b-whom"
	actVariants  = "b-vars"
	actHoldout   = "b-hold"
	actTitle     = "b-name"
	actWhen      = "b-when"
	actUntil     = "b-until"
	actErase     = "b-del"
)

// Actions of buttons that change something: they carry the mark of their screen.
const (
	actUntext    = "b-notext"  // .variant.language
	actUnpicture = "b-nopic"   // .variant
	actAdd       = "b-add"     // .variant.kind
	actLabel     = "b-label"   // .variant.button.language
	actAddress   = "b-url"     // .variant.button
	actUp        = "b-up"      // .variant.button
	actRemove    = "b-remove"  // .variant.button
	actGiftKind  = "b-give"    // .kind
	actCoupon    = "b-coup"    // .place among the shop's kinds
	actGiftDays  = "b-days"    // asks
	actGiftMost  = "b-most"    // asks
	actVariant   = "b-var"     // one more
	actUnvariant = "b-novar"   // .variant
	actShare     = "b-share"   // .percent of the first of two
	actHold      = "b-holdset" // .percent
	actStart     = "b-start"   // .now, .hour, .morning
	actZoned     = "b-zoned"   // .0, .1
	actEnd       = "b-end"     // .day; without one it is never too late
	actSend      = "b-send"
	actErased    = "b-erased"
)

// The steps of a broadcast. At those that end in "?" something typed is waited for.
const (
	stepDraft   = "b-draft"
	stepText    = "b-text?"
	stepTitle   = "b-name?"
	stepLabel   = "b-label?"
	stepAddress = "b-url?"
	stepPoints  = "b-points?"
	stepSum     = "b-sum?"
	stepDays    = "b-days?"
	stepMost    = "b-most?"
	stepWhen    = "b-when?"
	stepUntil   = "b-until?"
	stepErase   = "b-erase"
	stepSend    = "b-send"
)

// draft is what the session knows of a broadcast: which it is and what the person sees of it. The broadcast itself is in the database.
type draft struct {
	ID       string `json:"id,omitempty"`
	Version  int64  `json:"version,omitempty"` // of what is shown
	Variant  int    `json:"variant,omitempty"`
	Language string `json:"language,omitempty"`
	Button   int    `json:"button,omitempty"`
	Label    string `json:"label,omitempty"` // of a link that has no address yet
	// Start is when it is to begin; zero: now.
	Start time.Time `json:"start,omitzero"`
	// Last says that the last question led to this screen, and is where it leads.
	Last bool `json:"last,omitempty"`
}

// Broadcast begins a new one.
func Broadcast(v talk.View) talk.Output { return pick(v, errand{For: purposeBroadcast}) }

// broadcastArg takes the argument of a button apart.
func broadcastArg(arg string) (id string, more []string) {
	parts := strings.Split(arg, ".")
	return parts[0], append(parts[1:], "", "", "")
}

// number reads a number that this program wrote into a button.
func number(text string) int {
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 {
		return 0
	}
	return n
}

// open makes a button of a screen that can be opened at any time.
func (d draft) open(text, action string, more ...string) bots.Button {
	return button(text, action, strings.Join(append([]string{d.ID}, more...), "."))
}

// change makes a button that changes what is shown.
func (d draft) change(mark, text, action string, more ...string) bots.Button {
	return talk.Button(text, Flow, action, strings.Join(append([]string{d.ID}, more...), "."), mark)
}

// backTo leads to another screen of the broadcast.
func (d draft) backTo(v talk.View, action string, more ...string) []bots.Button {
	return talk.Row(d.open(v.T("common.back.btn"), action, more...))
}

// at is the session of a screen. Typed text is for the counter unless the screen waits for it.
func (d draft) at(step, mark string) talk.Session {
	if strings.HasSuffix(step, "?") {
		return talk.In(Flow, step, d).Marked(mark)
	}
	return talk.In("", step, d).Marked(mark)
}

// drafted is the broadcast that the session is about; its id is "" when it is about none.
func drafted(v talk.View) draft {
	if !strings.HasPrefix(v.Session.Step, broadcastAction) {
		return draft{}
	}
	return talk.Data[draft](v.Session, v.Session.Flow)
}

// pressBroadcast answers the buttons of broadcasts.
func pressBroadcast(v talk.View, p talk.Pressed) talk.Output {
	id, more := broadcastArg(p.Arg)
	switch p.Action {
	case actNew:
		return Broadcast(v)
	case actSample:
		return v.Say(v.Alert(v.T("broadcast.sample.alert")))
	case actDraft:
		return draftPage(v, id, "")
	case actPreview:
		return preview(v, id)
	case actText:
		return askText(v, draft{ID: id, Variant: number(more[0]), Language: more[1]}, "")
	case actLanguages:
		return languageList(v, id, number(more[0]), "")
	case actButtons:
		return buttonList(v, id, number(more[0]), "")
	case actButton:
		return buttonPage(v, draft{ID: id, Variant: number(more[0]), Button: number(more[1])}, "")
	case actGift:
		return giftPage(v, id, "")
	case actCoupons:
		return couponList(v, id, number(more[0]))
	case actAudience:
		return pressAudience(v, id)
	case actVariants:
		return variantPage(v, id, "")
	case actHoldout:
		return holdoutPage(v, id)
	case actTitle:
		return askTitle(v, draft{ID: id}, "")
	case actWhen:
		return askWhen(v, id, "")
	case actUntil:
		return pressUntil(v, id)
	case actErase:
		return askErase(v, id)
	}
	d := drafted(v)
	if d.ID == "" || d.ID != id || p.Mark == "" || p.Mark != v.Session.Mark {
		return staleDraft(v, id)
	}
	return changeBroadcast(v, d, p.Action, more)
}

// changeBroadcast answers a button of the screen that is shown.
func changeBroadcast(v talk.View, d draft, action string, more []string) talk.Output {
	switch action {
	case actUntext:
		return untext(v, d, number(more[0]), more[1])
	case actUnpicture:
		return unpicture(v, d)
	case actAdd:
		return addButton(v, d, campaign.ButtonKind(more[1]))
	case actLabel:
		return askLabel(v, draft{ID: d.ID, Version: d.Version, Variant: d.Variant, Button: number(more[1]), Language: more[2]}, "")
	case actAddress:
		return askAddress(v, draft{ID: d.ID, Version: d.Version, Variant: d.Variant, Button: number(more[1])}, "")
	case actUp, actRemove:
		return moveButton(v, d, action)
	case actGiftKind:
		return pressGift(v, d, campaign.GiftKind(more[0]))
	case actCoupon:
		return giveCoupon(v, d, number(more[0]))
	case actGiftDays:
		return askGiftNumber(v, d, stepDays, "")
	case actGiftMost:
		return askGiftNumber(v, d, stepMost, "")
	case actVariant:
		return addVariant(v, d)
	case actUnvariant:
		return removeVariant(v, d, number(more[0]))
	case actShare:
		return shareVariants(v, d, number(more[0]))
	case actHold:
		return holdOut(v, d, number(more[0]))
	case actStart:
		return pressStart(v, d, more[0])
	case actZoned:
		return pressZoned(v, d, more[0] == "1")
	case actEnd:
		return pressEnd(v, d, more[0])
	case actSend:
		if v.Session.At("", stepSend) {
			return pressSend(v, d)
		}
	case actErased:
		if v.Session.At("", stepErase) {
			return erase(v, d)
		}
	}
	return staleDraft(v, d.ID)
}

// staleDraft shows what is current of a broadcast to whoever pressed a button of an older screen.
func staleDraft(v talk.View, id string) talk.Output {
	if d := drafted(v); d.ID == id && v.Session.Flow == Flow {
		return stale(v)
	}
	return campaignPage(v, id, "").Toasted(v.T("owner.stale.toast"))
}

// broadcastText answers what is typed, or passed on, while a screen of a broadcast waits for it.
func broadcastText(v talk.View) talk.Output {
	d := drafted(v)
	if v.Session.Step == stepText {
		return readMessage(v, d)
	}
	text := strings.TrimSpace(v.Event.Text)
	if text == "" { // a picture, a sticker
		return broadcastAgain(v, v.Rich("broadcast.words"))
	}
	switch v.Session.Step {
	case stepTitle:
		return titled(v, d, text)
	case stepLabel:
		return labelled(v, d, text)
	case stepAddress:
		return addressed(v, d, text)
	case stepPoints, stepSum, stepDays, stepMost:
		return readGiftNumber(v, d, text)
	case stepWhen:
		return readWhen(v, d, text)
	case stepUntil:
		return readUntil(v, d, text)
	}
	return draftPage(v, d.ID, "")
}

// broadcastAgain shows the screen that waits for something typed once more.
func broadcastAgain(v talk.View, about bots.Rich) talk.Output {
	d := drafted(v)
	switch v.Session.Step {
	case stepText:
		return askText(v, d, about)
	case stepTitle:
		return askTitle(v, d, about)
	case stepLabel:
		return askLabel(v, d, about)
	case stepAddress:
		return askAddress(v, d, about)
	case stepPoints, stepSum, stepDays, stepMost:
		return askGiftNumber(v, d, v.Session.Step, about)
	case stepWhen:
		return askWhen(v, d.ID, about)
	case stepUntil:
		return askUntil(v, d, about)
	}
	return draftPage(v, d.ID, about)
}

// loaded is a broadcast, or a trigger that is written, with what its screens tell of it.
type loaded struct {
	engine.Campaign
	Shop    shop
	Sizes   engine.AudienceSizes  // of a broadcast
	Routes  engine.AudienceRoutes // where they are asked for
	Size    int                   // of a trigger's audience
	Unknown *segment.Problem      // why the audience cannot be counted
	Found   []campaign.Problem    // what is to be mended, and what is worth a thought
}

// seen is the broadcast as the session keeps it.
func (l loaded) seen() draft { return draft{ID: l.ID, Version: l.Version} }

func loadDraft(ctx context.Context, e *engine.Engine, program, id string) (l loaded, err error) {
	if l.Campaign, err = e.Campaign(ctx, program, id); err != nil {
		return l, err
	}
	if l.Shop, err = readShop(ctx, e, program); err != nil {
		return l, err
	}
	switch {
	case l.Kind == engine.CampaignBroadcast:
		l.Sizes, err = e.SizeAudience(ctx, program, id, l.Plan)
	case l.Plan.Audience != nil:
		l.Size, err = e.CountSegment(ctx, program, l.Plan.Audience)
	}
	if l.Unknown, err = problemOf(err); err != nil {
		return l, err
	}
	l.Found, err = e.CheckBroadcast(ctx, program, l.Plan)
	return l, err
}

// withDraft reads a broadcast or a trigger that can be changed and goes on. One that has begun is shown as it is, and one that is gone is said to be.
func withDraft(v talk.View, id string, then func(talk.View, loaded) talk.Output) talk.Output {
	return withLoaded(v, id, loadDraft, then)
}

// withRoutes is withDraft for what tells which messengers a broadcast takes, too.
func withRoutes(v talk.View, id string, then func(talk.View, loaded) talk.Output) talk.Output {
	return withLoaded(v, id, func(ctx context.Context, e *engine.Engine, program, id string) (loaded, error) {
		l, err := loadDraft(ctx, e, program, id)
		if err != nil || l.Unknown != nil || isTrigger(l.Campaign) {
			return l, err
		}
		l.Routes, err = e.AudienceRoutes(ctx, program, id, l.Plan)
		if l.Unknown, err = problemOf(err); err != nil {
			return l, err
		}
		return l, nil
	}, then)
}

func withLoaded(v talk.View, id string, load func(ctx context.Context, e *engine.Engine, program, id string) (loaded, error), then func(talk.View, loaded) talk.Output) talk.Output {
	program := v.Program.ID
	return v.Call(talk.Do(func(ctx context.Context, e *engine.Engine, _ string) (loaded, error) {
		return load(ctx, e, program, id)
	}, func(v talk.View, l loaded, err error) talk.Output {
		switch {
		case err != nil:
			return broadcastGone(v, note(v, err))
		case isTrigger(l.Campaign) && l.State == engine.CampaignRunning:
			return campaignPage(v, id, v.Rich("triggers.running"))
		case !changeable(l.Campaign):
			return campaignPage(v, id, note(v, &engine.Error{Kind: engine.KindConflict, ID: "campaign_begun"}))
		}
		return then(v, l)
	}))
}

// changeable reports whether nobody has been told anything yet. A trigger can be changed while it rests, too.
func changeable(c engine.Campaign) bool {
	switch c.State {
	case engine.CampaignPaused:
		return isTrigger(c)
	case engine.CampaignDraft, engine.CampaignWaiting, engine.CampaignScheduled, engine.CampaignOverdue:
		return true
	}
	return false
}

// broadcastGone says that a broadcast is not there.
func broadcastGone(v talk.View, about bots.Rich) talk.Output {
	return v.SayAnd(talk.Session{}, v.Screen(about, talk.Row(button(v.T("broadcast.new.btn"), actNew, "")), back(v, actHome, "")))
}

// kept is what became of a change.
type kept struct {
	engine.Campaign
	Problem *campaign.Problem
}

// keep changes a broadcast or a trigger and goes on. What the engine refuses is told by refused, above a screen of the person's; nothing is changed then.
func keep(v talk.View, d draft, edit func(*engine.Campaign), then func(talk.View, engine.Campaign) talk.Output, refused func(talk.View, bots.Rich) talk.Output) talk.Output {
	program, staff := v.Program.ID, v.Staff.ID
	return v.Call(talk.Do(func(ctx context.Context, e *engine.Engine, _ string) (k kept, err error) {
		k.Campaign, err = changeDraft(ctx, e, program, staff, d, edit)
		if errors.As(err, &k.Problem) {
			err = nil
		}
		return k, err
	}, func(v talk.View, k kept, err error) talk.Output {
		switch {
		case engine.IsKind(err, engine.KindNotFound):
			return broadcastGone(v, note(v, err))
		case err != nil:
			return refused(v, note(v, err))
		case k.Problem != nil:
			return refused(v, wrongPlan(v, k.Problem, 1))
		}
		return then(v, k.Campaign)
	}))
}

// changeDraft changes a broadcast or a trigger as it was seen. Handled again, a change that is there already is no conflict.
func changeDraft(ctx context.Context, e *engine.Engine, program, staff string, d draft, edit func(*engine.Campaign)) (engine.Campaign, error) {
	now, err := e.Campaign(ctx, program, d.ID)
	if err != nil {
		return now, err
	}
	before, err := json.Marshal(now.Plan)
	if err != nil {
		return now, err
	}
	name := now.Name
	edit(&now)
	after, err := json.Marshal(now.Plan)
	if err != nil {
		return now, err
	}
	if now.Version != d.Version && string(before) == string(after) && name == now.Name && changeable(now) {
		return now, nil
	}
	if isTrigger(now) {
		return e.SaveTrigger(ctx, engine.SaveTriggerInput{ProgramID: program, ID: d.ID, Version: d.Version, Name: now.Name, Plan: now.Plan, StaffID: staff})
	}
	return e.SaveBroadcast(ctx, engine.SaveBroadcastInput{ProgramID: program, ID: d.ID, Version: d.Version, Name: now.Name, Plan: now.Plan, StaffID: staff})
}

// onPage tells what was refused above the page of the broadcast.
func (d draft) onPage(v talk.View, about bots.Rich) talk.Output { return draftPage(v, d.ID, about) }

// content is a variant's message, nil when there is no such variant.
func content(c *engine.Campaign, variant int) *campaign.Content {
	if variant < 0 || variant >= len(c.Plan.Variants) {
		return nil
	}
	return &c.Plan.Variants[variant].Content
}

// written is a variant's message to be changed. It is made when it is the next, or when a draft of another maker has none yet.
func written(c *engine.Campaign, variant int) *campaign.Content {
	for len(c.Plan.Variants) <= min(variant, campaign.MaxVariants-1) {
		c.Plan.Variants = append(c.Plan.Variants, campaign.Variant{Weight: 1})
	}
	return &c.Plan.Variants[min(variant, len(c.Plan.Variants)-1)].Content
}

// mainLanguage is the shop's first language.
func mainLanguage(v talk.View) string {
	if len(v.Program.Settings.Languages) == 0 {
		return string(v.Language())
	}
	return v.Program.Settings.Languages[0]
}

// languageName is a language by its name in the person's.
func languageName(v talk.View, code string) string {
	if key := "segment.language." + code; v.P.Has(key) {
		return v.T(key)
	}
	return words.CleanName(code, 8)
}

// channelName is a messenger by its name.
func channelName(v talk.View, channel string) string {
	if key := "app.channel." + channel; v.P.Has(key) {
		return v.T(key)
	}
	return strings.ToUpper(channel)
}
