// Package program is what the Go programs share: read the task, put it to a client, write what came of it.
package program

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
)

// Task is what a program is given.
type Task struct {
	URL       string `json:"url"`
	Token     string `json:"token"`
	Account   string `json:"account_id"`
	Connector string `json:"connector_id"`
	From      int64  `json:"from"`
	To        int64  `json:"to"`
	Limit     int64  `json:"limit"`
	Absent    Key    `json:"absent"`
	Samples   []struct {
		ID    string `json:"id"`
		Model string `json:"model"`
		Text  string `json:"text"`
	} `json:"samples"`
}

// Key identifies an event.
type Key struct {
	T int64 `json:"t"`
	N int64 `json:"n"`
}

// Failure is what the server refuses with: its status, and the decoded error model.
type Failure struct {
	Status int
	Model  any
}

func (f *Failure) Error() string { return fmt.Sprintf("status %d", f.Status) }

// Client is what a program does with its generated code. Pages and events come without their envelopes.
type Client interface {
	// New gives a pointer to an empty value of a model; JSON is decoded into it.
	New(model string) any
	// Types gives the types of the union's members in a value.
	Types(value any) ([]string, error)
	List(cursor string) (page any, keys []Key, next string, err error)
	Latest() (any, error)
	Get(key Key) (any, error)
}

type typed struct {
	Type  string   `json:"type,omitempty"`
	Types []string `json:"types,omitempty"`
	Text  string   `json:"text"`
}

type answer struct {
	Types []string `json:"types"`
	Text  string   `json:"text,omitempty"`
	Error string   `json:"error,omitempty"`
}

// MarshalJSON leaves out what a refused sample does not have.
func (a answer) MarshalJSON() ([]byte, error) {
	if a.Error != "" {
		return json.Marshal(map[string]string{"error": a.Error})
	}
	return json.Marshal(map[string]any{"types": a.Types, "text": a.Text})
}

// Run reads the task, does it with the client, and writes the result.
func Run(connect func(Task) (Client, error)) {
	if err := run(connect); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(connect func(Task) (Client, error)) error {
	data, err := os.ReadFile(os.Getenv("MCONN_TASK"))
	if err != nil {
		return err
	}
	var task Task
	if err := json.Unmarshal(data, &task); err != nil {
		return err
	}
	client, err := connect(task)
	if err != nil {
		return err
	}
	samples := map[string]answer{}
	for _, sample := range task.Samples {
		samples[sample.ID] = try(client, sample.Model, sample.Text)
	}
	calls, err := call(client, task)
	if err != nil {
		return err
	}
	data, err = json.Marshal(map[string]any{"samples": samples, "calls": calls})
	if err != nil {
		return err
	}
	return os.WriteFile(os.Getenv("MCONN_RESULT"), data, 0o644)
}

func try(client Client, model, text string) answer {
	value := client.New(model)
	if err := json.Unmarshal([]byte(text), value); err != nil {
		return answer{Error: err.Error()}
	}
	types, err := client.Types(value)
	if err != nil {
		return answer{Error: err.Error()}
	}
	back, err := json.Marshal(value)
	if err != nil {
		// What was decoded without an error has not been refused.
		back = []byte("null")
	}
	return answer{Types: append([]string{}, types...), Text: string(back)}
}

func call(client Client, task Task) (map[string]any, error) {
	pages, events := []string{}, []typed{}
	for cursor, more := "", true; more; {
		page, keys, next, err := client.List(cursor)
		if err != nil {
			return nil, err
		}
		text, err := json.Marshal(page)
		if err != nil {
			return nil, err
		}
		pages = append(pages, string(text))
		for _, key := range keys {
			event, err := client.Get(key)
			if err != nil {
				return nil, err
			}
			one, err := describe(client, event)
			if err != nil {
				return nil, err
			}
			events = append(events, typed{Type: one.Types[0], Text: one.Text})
		}
		cursor, more = next, next != ""
	}
	latest, err := client.Latest()
	if err != nil {
		return nil, err
	}
	described, err := describe(client, latest)
	if err != nil {
		return nil, err
	}
	_, err = client.Get(task.Absent)
	var failure *Failure
	if !errors.As(err, &failure) {
		return nil, fmt.Errorf("the absent event gave %v", err)
	}
	text, err := json.Marshal(failure.Model)
	if err != nil {
		return nil, err
	}
	absent := map[string]any{"status": failure.Status, "text": string(text)}
	return map[string]any{"pages": pages, "events": events, "latest": described, "absent": absent}, nil
}

func describe(client Client, value any) (typed, error) {
	types, err := client.Types(value)
	if err != nil {
		return typed{}, err
	}
	text, err := json.Marshal(value)
	return typed{Types: types, Text: string(text)}, err
}
