//! The state of a database while statements change it, found by name.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    dialect::Dialect,
    schema::{Realm, Schema, Table},
};

/// A place in the realm: the schema and the name in it.
type Place = (String, String);

/// A realm with an index of its names, so that a statement costs what it touches and not what exists.
pub(super) struct Live<'a> {
    dialect: &'a dyn Dialect,
    realm: Realm,
    tables: BTreeMap<String, BTreeSet<Place>>,
    views: BTreeMap<String, BTreeSet<Place>>,
    /// Triggers by the table or view that they watch.
    watchers: BTreeMap<String, BTreeSet<Place>>,
    /// The table of each index.
    indexes: BTreeMap<String, String>,
    /// The table or view of each trigger.
    triggers: BTreeMap<String, String>,
}

impl<'a> Live<'a> {
    /// Indexes a realm.
    pub(super) fn new(dialect: &'a dyn Dialect, realm: Realm) -> Self {
        let mut live = Self {
            dialect,
            realm: Realm::default(),
            tables: BTreeMap::new(),
            views: BTreeMap::new(),
            watchers: BTreeMap::new(),
            indexes: BTreeMap::new(),
            triggers: BTreeMap::new(),
        };
        live.put(realm);
        live
    }

    /// The state.
    pub(super) fn realm(&self) -> &Realm {
        &self.realm
    }

    /// The state, at the end.
    pub(super) fn into_realm(self) -> Realm {
        self.realm
    }

    /// The table of an index.
    pub(super) fn owner_of_index(&self, index: &str) -> Option<&str> {
        self.indexes.get(&self.dialect.name_key(index)).map(String::as_str)
    }

    /// The table or view of a trigger.
    pub(super) fn owner_of_trigger(&self, trigger: &str) -> Option<&str> {
        self.triggers.get(&self.dialect.name_key(trigger)).map(String::as_str)
    }

    /// The table of that name, in any spelling.
    pub(super) fn table(&self, name: &str) -> Option<&Table> {
        let (schema, name) = self.tables.get(&self.dialect.name_key(name))?.first()?;
        self.realm.table(schema, name)
    }

    /// Takes the tables and views of these names out, with their triggers.
    pub(super) fn take(&mut self, names: &[String]) -> Realm {
        let mut taken = Realm::default();
        for (name, schema) in &self.realm.schemas {
            let empty = Schema { name: schema.name.clone(), ..Schema::default() };
            taken.schemas.insert(name.clone(), empty);
        }
        for name in names {
            let key = self.dialect.name_key(name);
            for (schema, name) in self.tables.remove(&key).unwrap_or_default() {
                let table =
                    self.realm.schemas.get_mut(&schema).and_then(|schema| schema.tables.remove(&name));
                if let (Some(table), Some(into)) = (table, taken.schemas.get_mut(&schema)) {
                    for index in &table.indexes {
                        self.indexes.remove(&self.dialect.name_key(&index.name));
                    }
                    into.tables.insert(name, table);
                }
            }
            for (schema, name) in self.views.remove(&key).unwrap_or_default() {
                let view = self.realm.schemas.get_mut(&schema).and_then(|schema| schema.views.remove(&name));
                if let (Some(view), Some(into)) = (view, taken.schemas.get_mut(&schema)) {
                    into.views.insert(name, view);
                }
            }
            for (schema, name) in self.watchers.remove(&key).unwrap_or_default() {
                let trigger =
                    self.realm.schemas.get_mut(&schema).and_then(|schema| schema.triggers.remove(&name));
                if let (Some(trigger), Some(into)) = (trigger, taken.schemas.get_mut(&schema)) {
                    self.triggers.remove(&self.dialect.name_key(&name));
                    into.triggers.insert(name, trigger);
                }
            }
        }
        taken
    }

    /// Puts objects in, in place of those of the same names.
    pub(super) fn put(&mut self, realm: Realm) {
        for (schema_name, schema) in realm.schemas {
            let into = self
                .realm
                .schemas
                .entry(schema_name.clone())
                .or_insert_with(|| Schema { name: schema.name.clone(), ..Schema::default() });
            for (name, table) in schema.tables {
                for index in &table.indexes {
                    self.indexes.insert(self.dialect.name_key(&index.name), name.clone());
                }
                let key = self.dialect.name_key(&name);
                self.tables.entry(key).or_default().insert((schema_name.clone(), name.clone()));
                into.tables.insert(name, table);
            }
            for (name, view) in schema.views {
                let key = self.dialect.name_key(&name);
                self.views.entry(key).or_default().insert((schema_name.clone(), name.clone()));
                into.views.insert(name, view);
            }
            for (name, trigger) in schema.triggers {
                self.triggers.insert(self.dialect.name_key(&name), trigger.on.clone());
                let key = self.dialect.name_key(&trigger.on);
                self.watchers.entry(key).or_default().insert((schema_name.clone(), name.clone()));
                into.triggers.insert(name, trigger);
            }
            for object in schema.unmanaged {
                if !into.unmanaged.contains(&object) {
                    into.unmanaged.push(object);
                }
            }
        }
    }
}
