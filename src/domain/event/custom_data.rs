//! What a hook adds to an event as `custom_data` (pipelines-and-hooks.md 7, shapes.md 7).

use super::template::{Param, Piece, pieces};
use crate::domain::error::{Error, Id, Result};
use crate::domain::json::{Node, Object, Value};
use crate::domain::time::{rfc3339, unix_micros};
use std::borrow::Cow;

/// How many levels a template may have: deeper ones are refused before anything descends into them.
pub const MAX_DEPTH: usize = 32;

/// The values of the parameters. A name that does not apply to the event is None, and gives an empty text.
#[derive(Clone, Copy, Debug, Default)]
pub struct Params<'a> {
    /// When the event happened, in the server's microseconds.
    pub at: i64,
    /// The UUID of this event for this hook.
    pub uuid: &'a str,
    /// The campaign's name.
    pub campaign_name: Option<&'a str>,
    /// The campaign's SubID.
    pub campaign_subid: Option<&'a str>,
    /// The database's name.
    pub database_name: Option<&'a str>,
    /// The segment's name.
    pub segment_name: Option<&'a str>,
    /// The message's name.
    pub message_name: Option<&'a str>,
    /// The message's subject.
    pub message_subject: Option<&'a str>,
    /// The resource's name.
    pub resource_name: Option<&'a str>,
    /// The pixel's name.
    pub pixel_name: Option<&'a str>,
}

impl<'a> Params<'a> {
    fn value(&self, param: Param) -> Cow<'a, str> {
        let name = match param {
            Param::Uuid => Some(self.uuid),
            Param::EventDate => return rfc3339(self.at, 6).into(),
            Param::EventDateYmd => return rfc3339(self.at, 0).chars().take("2006-01-25".len()).collect(),
            Param::EventDateRfc3339 => return rfc3339(self.at, 0).into(),
            Param::EventDateUnix => return unix_micros(self.at).div_euclid(1_000_000).to_string().into(),
            Param::EventDateUnixnano => return (unix_micros(self.at) * 1000).to_string().into(),
            Param::CampaignName => self.campaign_name,
            Param::CampaignSubid => self.campaign_subid,
            Param::DatabaseName => self.database_name,
            Param::SegmentName => self.segment_name,
            Param::MessageName => self.message_name,
            Param::MessageSubject => self.message_subject,
            Param::ResourceName => self.resource_name,
            Param::PixelName => self.pixel_name,
        };
        name.unwrap_or_default().into()
    }
}

/// What must be looked up or made before a template can be rendered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Needs {
    /// A UUID.
    pub uuid: bool,
    /// Name or SubID of the campaign.
    pub campaign: bool,
    /// The name of the database.
    pub database: bool,
    /// The name of the segment.
    pub segment: bool,
    /// Name or subject of the message.
    pub message: bool,
    /// The name of the resource.
    pub resource: bool,
    /// The name of the pixel.
    pub pixel: bool,
}

impl Needs {
    /// What either needs.
    pub fn or(self, other: Needs) -> Needs {
        Needs {
            uuid: self.uuid || other.uuid,
            campaign: self.campaign || other.campaign,
            database: self.database || other.database,
            segment: self.segment || other.segment,
            message: self.message || other.message,
            resource: self.resource || other.resource,
            pixel: self.pixel || other.pixel,
        }
    }

    fn add(&mut self, param: Param) {
        match param {
            Param::Uuid => self.uuid = true,
            Param::EventDate
            | Param::EventDateYmd
            | Param::EventDateRfc3339
            | Param::EventDateUnix
            | Param::EventDateUnixnano => {}
            Param::CampaignName | Param::CampaignSubid => self.campaign = true,
            Param::DatabaseName => self.database = true,
            Param::SegmentName => self.segment = true,
            Param::MessageName | Param::MessageSubject => self.message = true,
            Param::ResourceName => self.resource = true,
            Param::PixelName => self.pixel = true,
        }
    }
}

/// What the texts of a template need, whatever their depth.
///
/// Errors: `error/json/limit` beyond [`MAX_DEPTH`], `error/json/corrupt`.
pub fn needs(template: Value) -> Result<Needs> {
    let mut needs = Needs::default();
    gather(template, &mut needs, MAX_DEPTH)?;
    Ok(needs)
}

fn gather(value: Value, needs: &mut Needs, levels: usize) -> Result<()> {
    match value {
        Value::String(text) => pieces(text).for_each(|piece| {
            if let Piece::Param(param) = piece {
                needs.add(param);
            }
        }),
        Value::Array(array) => {
            let levels = below(levels)?;
            array.iter().try_for_each(|element| gather(element?, needs, levels))?;
        }
        Value::Object(object) => {
            let levels = below(levels)?;
            object.iter().try_for_each(|pair| gather(pair?.1, needs, levels))?;
        }
        _ => {}
    }
    Ok(())
}

/// Replaces the parameters in every text of a template; keys stay as they are. What is put in is not rendered again.
///
/// Errors: `error/json/limit` beyond [`MAX_DEPTH`], `error/json/corrupt`.
pub fn render<'a>(template: Value<'a>, params: &Params) -> Result<Node<'a>> {
    rendered(template, params, MAX_DEPTH)
}

fn rendered<'a>(value: Value<'a>, params: &Params, levels: usize) -> Result<Node<'a>> {
    Ok(match value {
        Value::String(text) => filled(text, params),
        Value::Array(array) => {
            let levels = below(levels)?;
            Node::array(array.iter().map(|element| rendered(element?, params, levels)).collect::<Result<Vec<_>>>()?)
        }
        Value::Object(object) => Node::object(pairs(object, params, below(levels)?)?),
        scalar => Node::from(scalar),
    })
}

type Pair<'a> = (Cow<'a, str>, Node<'a>);

fn pairs<'a>(object: Object<'a>, params: &Params, levels: usize) -> Result<Vec<Pair<'a>>> {
    let pair = |pair: Result<(&'a str, Value<'a>)>| {
        let (key, value) = pair?;
        Ok((key.into(), rendered(value, params, levels)?))
    };
    object.iter().map(pair).collect()
}

/// A text with its parameters replaced.
fn filled<'a>(text: &'a str, params: &Params) -> Node<'a> {
    if !text.contains("{{") {
        return Node::from(text);
    }
    let value = |piece| match piece {
        Piece::Text(typed) => Cow::Borrowed(typed),
        Piece::Param(param) => params.value(param),
    };
    Node::from(pieces(text).map(value).collect::<String>())
}

/// One level less.
fn below(levels: usize) -> Result<usize> {
    levels.checked_sub(1).ok_or_else(|| Error::new(Id::JsonLimit, "a template is nested too deep"))
}

/// Where `custom_data` comes from.
#[derive(Clone, Debug, Default)]
pub struct Sources<'a> {
    /// What the call that made the event gave itself; sent as it is.
    pub own: Option<Object<'a>>,
    /// The hook's template, which stands in where the call gave nothing.
    pub template: Object<'a>,
    /// The hook's own pairs.
    pub pairs: Object<'a>,
    /// The fields of the profile, by the keys under which they go out.
    pub fields: Vec<(Cow<'a, str>, Node<'a>)>,
}

impl<'a> Sources<'a> {
    /// The `custom_data` of an event: what the call gave, else the template; of the pairs and then of the profile's
    /// fields what is missing there. None if nothing is there at all.
    ///
    /// Errors: `error/json/limit` beyond [`MAX_DEPTH`], `error/json/corrupt`.
    pub fn resolve(self, params: &Params) -> Result<Option<Node<'a>>> {
        // Of equal keys the last one counts.
        let mut all = self.fields;
        all.extend(pairs(self.pairs, params, MAX_DEPTH)?);
        match self.own.filter(|own| own.len() > 0) {
            Some(own) => {
                for pair in own.iter() {
                    let (key, value) = pair?;
                    all.push((key.into(), value.into()));
                }
            }
            None => all.extend(pairs(self.template, params, MAX_DEPTH)?),
        }
        Ok(if all.is_empty() { None } else { Some(Node::object(all)) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::json::tests::{bytes, text};
    use crate::domain::json::{encoded, root};
    use proptest::prelude::*;
    use serde_json::{Value as Json, json};
    use std::collections::BTreeMap;

    /// 2023-03-17 10:20:00.000120 UTC.
    const AT: i64 = 732_363_600_000_120;

    fn params() -> Params<'static> {
        Params {
            at: AT,
            uuid: "dc876134-87a4-4437-aabb-d2fc8a3d4213",
            campaign_name: Some("Black {{uuid}} Friday"),
            campaign_subid: Some("bf-1"),
            database_name: Some("main"),
            message_subject: Some("Hi"),
            ..Params::default()
        }
    }

    fn shown(node: &Node) -> Json {
        serde_json::from_str(&text(&encoded(node).unwrap())).unwrap()
    }

    fn rendered(template: &Json) -> Json {
        let bytes = bytes(&template.to_string());
        shown(&render(root(&bytes).unwrap(), &params()).unwrap())
    }

    #[test]
    fn every_parameter_has_its_form() {
        let name = |param: &str| rendered(&json!(format!("{{{{{param}}}}}")));
        for (param, value) in [
            ("uuid", "dc876134-87a4-4437-aabb-d2fc8a3d4213"),
            ("event_date", "2023-03-17T10:20:00.000120Z"),
            ("event_date_ymd", "2023-03-17"),
            ("event_date_rfc3339", "2023-03-17T10:20:00Z"),
            ("event_date_unix", "1679048400"),
            ("event_date_unixnano", "1679048400000120000"),
            // What is put in is not rendered again.
            ("campaign_name", "Black {{uuid}} Friday"),
            ("campaign_subid", "bf-1"),
            ("database_name", "main"),
            ("segment_name", ""),
            ("message_name", ""),
            ("message_subject", "Hi"),
            ("resource_name", ""),
            ("pixel_name", ""),
            ("other", "{{other}}"),
        ] {
            assert_eq!(name(param), json!(value), "{param}");
        }
    }

    #[test]
    fn texts_are_rendered_at_any_depth_and_keys_are_not() {
        let template = json!({"{{uuid}}": [1, {"a": "<{{campaign_subid}}> {{event_date_ymd}}"}, null, true, 1.5]});
        let expected = json!({"{{uuid}}": [1, {"a": "<bf-1> 2023-03-17"}, null, true, 1.5]});
        assert_eq!(rendered(&template), expected);
    }

    #[test]
    fn only_what_a_template_uses_is_needed() {
        let needs_of = |template: Json| needs(root(&bytes(&template.to_string())).unwrap()).unwrap();
        let none = Needs::default();
        assert_eq!(needs_of(json!({"{{uuid}}": "{{event_date}} {{event_date_unix}} {{x}}"})), none);
        assert_eq!(needs_of(json!([{"a": "{{uuid}}"}])), Needs { uuid: true, ..none });
        assert_eq!(needs_of(json!("{{campaign_subid}}")), Needs { campaign: true, ..none });
        let both = needs_of(json!("{{segment_name}}")).or(needs_of(json!("{{message_subject}}")));
        assert_eq!(both, Needs { segment: true, message: true, ..none });
        let rest = needs_of(json!(["{{database_name}}", "{{resource_name}}{{pixel_name}}"]));
        assert_eq!(rest, Needs { database: true, resource: true, pixel: true, ..none });
    }

    #[test]
    fn a_template_that_is_too_deep_is_refused() {
        let deep = |levels: usize| bytes(&format!("{}{}", "[".repeat(levels), "]".repeat(levels)));
        let (fits, beyond) = (deep(MAX_DEPTH), deep(MAX_DEPTH + 1));
        assert!(render(root(&fits).unwrap(), &params()).is_ok() && needs(root(&fits).unwrap()).is_ok());
        assert_eq!(render(root(&beyond).unwrap(), &params()).unwrap_err().id, Id::JsonLimit);
        assert_eq!(needs(root(&beyond).unwrap()).unwrap_err().id, Id::JsonLimit);
    }

    /// Keys that clash often; the value tells its source.
    fn keys() -> impl Strategy<Value = Vec<String>> {
        prop::collection::vec("[a-e]", 0..5)
    }

    fn object(keys: &[String], source: &str) -> Json {
        keys.iter().map(|key| (key.clone(), json!(source))).collect::<serde_json::Map<_, _>>().into()
    }

    proptest! {
        #[test]
        fn what_comes_first_wins(own in prop::option::of(keys()), template in keys(), pairs in keys(), fields in keys()) {
            let own_bytes = own.as_ref().map(|own| bytes(&object(own, "{{uuid}} own").to_string()));
            let (template_bytes, pairs_bytes) = (bytes(&object(&template, "template").to_string()), bytes(&object(&pairs, "pairs").to_string()));
            let sources = Sources {
                own: own_bytes.as_ref().and_then(|bytes| root(bytes).unwrap().as_object()),
                template: root(&template_bytes).unwrap().as_object().unwrap(),
                pairs: root(&pairs_bytes).unwrap().as_object().unwrap(),
                fields: fields.iter().map(|key| (key.clone().into(), Node::from("fields"))).collect(),
            };
            let first = own.filter(|own| !own.is_empty());
            let first = first.map_or((template, "template"), |own| (own, "{{uuid}} own"));
            let mut expected = BTreeMap::new();
            for (keys, source) in [first, (pairs, "pairs"), (fields, "fields")] {
                for key in keys {
                    expected.entry(key).or_insert(source);
                }
            }
            let resolved = sources.resolve(&params()).unwrap();
            prop_assert_eq!(resolved.map(|node| shown(&node)), (!expected.is_empty()).then(|| json!(expected)));
        }
    }
}
