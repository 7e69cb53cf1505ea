// A decoder of the events, for `mconn vectors --stream -- go run decoder.go`. It refuses unknown kinds.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"os"
	"slices"
	"strings"
	"unicode/utf8"
)

var kinds = strings.Fields(`Init Leave StartAttestation FinishAttestationSuccess FinishAttestationFailure
	StartRotateCryptKey FinishRotateCryptKeySuccess FinishRotateCryptKeyFailure StartRotatePki FinishRotatePkiSuccess
	FinishRotatePkiFailure StartUpgrade FinishUpgradeSuccess FinishUpgradeFailure Reconcile ConfigureCloudflaredTunnel`)

// Integer is a whole number, written with a fraction of zero or without.
type Integer int64

func (i *Integer) UnmarshalJSON(text []byte) error {
	var read float64
	if err := json.Unmarshal(text, &read); err != nil {
		return err
	}
	if read != math.Trunc(read) || math.Abs(read) > 1<<53 || string(text) == "null" {
		return fmt.Errorf("%s is no whole number", text)
	}
	*i = Integer(read)
	return nil
}

// Whole is an Integer from 0 to 2^53 - 1.
type Whole int64

func (w *Whole) UnmarshalJSON(text []byte) error {
	err := (*Integer)(w).UnmarshalJSON(text)
	if err == nil && (*w < 0 || *w >= 1<<53) {
		err = fmt.Errorf("%s is out of range", text)
	}
	return err
}

// Text is a string; null is none.
type Text string

func (t *Text) UnmarshalJSON(text []byte) error {
	if string(text) == "null" {
		return errors.New("null is no string")
	}
	return json.Unmarshal(text, (*string)(t))
}

// read reads an object of these members: encoding/json would take `T` for `t`.
func read[Object any](body []byte, names ...string) (*Object, error) {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(body, &members); err != nil {
		return nil, err
	}
	if members == nil {
		return nil, errors.New("null is no object")
	}
	maps.DeleteFunc(members, func(name string, _ json.RawMessage) bool { return !slices.Contains(names, name) })
	exact, err := json.Marshal(members)
	if err != nil {
		return nil, err
	}
	object := new(Object)
	return object, json.Unmarshal(exact, object)
}

type Kind struct {
	K   *Text `json:"k"`
	URL *Text `json:"url,omitempty"`
}

type Event struct {
	E json.RawMessage `json:"e"`
	N *Whole          `json:"n"`
	T *Whole          `json:"t"`
	V *Text           `json:"v,omitempty"`
}

type Listed struct {
	A *Whole `json:"a"`
	K *Text  `json:"k"`
	N *Whole `json:"n"`
	T *Whole `json:"t"`
}

type Page[Item any] struct {
	Count  *Whole `json:"count"`
	Items  []Item `json:"items"`
	Cursor *Text  `json:"cursor,omitempty"`
}

type Message struct {
	Code    *Integer `json:"code"`
	Message *Text    `json:"message"`
}

type Envelope struct {
	Success  *bool           `json:"success"`
	Result   json.RawMessage `json:"result,omitempty"`
	Errors   *[]Message      `json:"errors,omitempty"`
	Messages *[]Message      `json:"messages,omitempty"`
}

func event(body []byte) (*Event, []string, error) {
	event, err := read[Event](body, "e", "n", "t", "v")
	if err != nil {
		return nil, nil, err
	}
	e, err := read[Kind](event.E, "k", "url")
	if err != nil {
		return nil, nil, err
	}
	if e.K == nil || event.N == nil || event.T == nil {
		return nil, nil, errors.New("an event lacks k, n or t")
	}
	kind := string(*e.K)
	if !slices.Contains(kinds, kind) {
		return nil, nil, fmt.Errorf("%q is no kind", kind)
	}
	if kind != "StartUpgrade" {
		e.URL = nil
	} else if e.URL == nil {
		return nil, nil, errors.New("StartUpgrade lacks url")
	}
	event.E, err = json.Marshal(e)
	return event, []string{kind}, err
}

func listed(body []byte) (*Listed, []string, error) {
	item, err := read[Listed](body, "a", "k", "n", "t")
	if err != nil {
		return nil, nil, err
	}
	if item.A == nil || item.K == nil || item.N == nil || item.T == nil {
		return nil, nil, errors.New("an item lacks a, k, n or t")
	}
	return item, []string{string(*item.K)}, nil
}

func page[Item any](body []byte, of func([]byte) (*Item, []string, error)) (any, []string, error) {
	raw, err := read[Page[json.RawMessage]](body, "count", "items", "cursor")
	if err != nil {
		return nil, nil, err
	}
	if raw.Count == nil || raw.Items == nil {
		return nil, nil, errors.New("a page lacks count or items")
	}
	whole, found := Page[*Item]{raw.Count, []*Item{}, raw.Cursor}, []string{}
	for _, each := range raw.Items {
		item, kind, err := of(each)
		if err != nil {
			return nil, nil, err
		}
		whole.Items, found = append(whole.Items, item), append(found, kind...)
	}
	return whole, found, nil
}

func model(name string, body []byte) (any, []string, error) {
	switch name {
	case "listEvents", "EventListResponse":
		return page(body, listed)
	case "getLatestEvents", "LatestListResponse":
		return page(body, event)
	default:
		return event(body)
	}
}

func decode(name string, status int, body []byte) (any, []string, error) {
	if !utf8.Valid(body) {
		return nil, nil, errors.New("the body is no UTF-8")
	}
	if strings.HasSuffix(name, "Response") {
		return model(name, body)
	}
	envelope, err := read[Envelope](body, "success", "result", "errors", "messages")
	if err != nil {
		return nil, nil, err
	}
	if envelope.Success == nil {
		return nil, nil, errors.New("the envelope lacks success")
	}
	for _, all := range []*[]Message{envelope.Errors, envelope.Messages} {
		if all != nil && slices.ContainsFunc(*all, func(m Message) bool { return m.Code == nil || m.Message == nil }) {
			return nil, nil, errors.New("a message lacks code or message")
		}
	}
	found, result := []string{}, envelope.Result
	envelope.Result = nil
	if status == 200 {
		value, kinds, err := model(name, result)
		if err != nil {
			return nil, nil, err
		}
		found = kinds
		if envelope.Result, err = json.Marshal(value); err != nil {
			return nil, nil, err
		}
	}
	return envelope, found, nil
}

type Asked struct {
	ID     string `json:"id"`
	As     string `json:"as"`
	Status int    `json:"status"`
	Body   []byte `json:"body"` // Go reads base64 into bytes.
}

func main() {
	lines, out := json.NewDecoder(bufio.NewReader(os.Stdin)), json.NewEncoder(os.Stdout)
	for {
		var asked Asked
		if err := lines.Decode(&asked); err != nil {
			return
		}
		value, found, err := decode(asked.As, asked.Status, asked.Body)
		answer := map[string]any{"id": asked.ID, "kinds": found, "value": value}
		if err != nil {
			answer = map[string]any{"id": asked.ID, "refused": err.Error()}
		}
		if out.Encode(answer) != nil {
			return
		}
	}
}
