//! An order in which edges lead forward, but for those on cycles (Tarjan's strongly connected components).

use std::ops::Range;

use super::adjacency::Adjacency;

/// An order of the places of an adjacency.
#[derive(Debug)]
pub(super) struct Order {
    /// The old place for each new one.
    pub(super) old: Vec<u32>,
    /// Where nodes lie that all reach each other, more than one of them; by their new places.
    pub(super) cycles: Vec<Range<u32>>,
}

/// That a place was not visited yet.
const UNVISITED: u32 = 0;

/// That a place is in a component already; nothing that is found later is lower.
const DONE: u32 = u32::MAX;

/// A place whose edges are being followed.
struct Frame {
    place: u32,
    /// How many of its edges were followed.
    followed: u32,
    /// The earliest visited place that is reached from here and is in no component yet.
    lowest: u32,
}

struct Search<'a> {
    adjacency: &'a Adjacency,
    /// When each place was visited, from 1.
    visited: Vec<u32>,
    visits: u32,
    /// Where the search is: deeper than any call stack would bear.
    frames: Vec<Frame>,
    /// Visited places that are in no component yet.
    open: Vec<u32>,
    /// Places by component, what is reached before what reaches it.
    done: Vec<u32>,
    cycles: Vec<Range<u32>>,
}

impl Order {
    pub(super) fn of(adjacency: &Adjacency) -> Self {
        let places = adjacency.places();
        let mut search = Search {
            adjacency,
            visited: vec![UNVISITED; places as usize],
            visits: 0,
            frames: Vec::new(),
            open: Vec::new(),
            done: Vec::with_capacity(places as usize),
            cycles: Vec::new(),
        };
        for place in 0..places {
            if search.visited[place as usize] == UNVISITED {
                search.visit(place);
                while let Some(frame) = search.frames.pop() {
                    search.go_on(frame);
                }
            }
        }
        let Search { done: mut old, cycles, .. } = search;
        old.reverse();
        let cycles = cycles.iter().rev().map(|cycle| places - cycle.end..places - cycle.start).collect();
        Self { old, cycles }
    }
}

impl Search<'_> {
    fn visit(&mut self, place: u32) {
        self.visits += 1;
        self.visited[place as usize] = self.visits;
        self.open.push(place);
        self.frames.push(Frame { place, followed: 0, lowest: self.visits });
    }

    /// Follows the edges of a frame up to one that leads to a place that was not visited.
    fn go_on(&mut self, mut frame: Frame) {
        let targets = self.adjacency.targets(frame.place);
        while let Some(&target) = targets.get(frame.followed as usize) {
            frame.followed += 1;
            match self.visited[target as usize] {
                UNVISITED => {
                    self.frames.push(frame);
                    return self.visit(target);
                }
                DONE => {}
                earlier => frame.lowest = frame.lowest.min(earlier),
            }
        }
        if frame.lowest == self.visited[frame.place as usize] {
            self.close(frame.place);
        } else if let Some(parent) = self.frames.last_mut() {
            parent.lowest = parent.lowest.min(frame.lowest);
        }
    }

    /// Takes the component that begins at `place` out of what is open.
    fn close(&mut self, place: u32) {
        let start = self.done.len() as u32;
        while let Some(member) = self.open.pop() {
            self.visited[member as usize] = DONE;
            self.done.push(member);
            if member == place {
                break;
            }
        }
        let end = self.done.len() as u32;
        if end - start > 1 {
            self.cycles.push(start..end);
        }
    }
}

/// Where each number stands in a permutation.
pub(super) fn inverse(permutation: &[u32]) -> Vec<u32> {
    let mut inverse = vec![0; permutation.len()];
    for (place, &number) in (0..).zip(permutation) {
        inverse[number as usize] = place;
    }
    inverse
}
