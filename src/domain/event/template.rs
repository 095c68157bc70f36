//! Parameters in texts: `{{campaign_name}}` (pipelines-and-hooks.md 7).

/// What a text can ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Param {
    /// A UUID of the event and the hook.
    Uuid,
    /// The instant, to the microsecond.
    EventDate,
    /// The day.
    EventDateYmd,
    /// The instant, to the second.
    EventDateRfc3339,
    /// Unix seconds.
    EventDateUnix,
    /// Unix nanoseconds.
    EventDateUnixnano,
    /// The campaign's name.
    CampaignName,
    /// The campaign's SubID.
    CampaignSubid,
    /// The database's name.
    DatabaseName,
    /// The segment's name.
    SegmentName,
    /// The message's name.
    MessageName,
    /// The message's subject.
    MessageSubject,
    /// The resource's name.
    ResourceName,
    /// The pixel's name.
    PixelName,
}

impl Param {
    /// Every parameter by its name.
    pub const ALL: [(&str, Param); 14] = [
        ("uuid", Param::Uuid),
        ("event_date", Param::EventDate),
        ("event_date_ymd", Param::EventDateYmd),
        ("event_date_rfc3339", Param::EventDateRfc3339),
        ("event_date_unix", Param::EventDateUnix),
        ("event_date_unixnano", Param::EventDateUnixnano),
        ("campaign_name", Param::CampaignName),
        ("campaign_subid", Param::CampaignSubid),
        ("database_name", Param::DatabaseName),
        ("segment_name", Param::SegmentName),
        ("message_name", Param::MessageName),
        ("message_subject", Param::MessageSubject),
        ("resource_name", Param::ResourceName),
        ("pixel_name", Param::PixelName),
    ];
}

/// A part of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Piece<'t> {
    /// As typed; braces around what is no parameter among it.
    Text(&'t str),
    /// A parameter.
    Param(Param),
}

/// Takes a text apart. What is no known parameter stays as it is.
pub fn pieces(text: &str) -> impl Iterator<Item = Piece<'_>> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if let Some((param, behind)) = leading(rest) {
            rest = behind;
            return Some(Piece::Param(param));
        }
        let mut later = rest.char_indices().map(|(at, _)| at).skip(1);
        let end = later.find(|at| rest.get(*at..).and_then(leading).is_some()).unwrap_or(rest.len());
        let (typed, behind) = rest.split_at_checked(end)?;
        rest = behind;
        (!typed.is_empty()).then_some(Piece::Text(typed))
    })
}

/// The parameter that a text begins with, and what follows it.
fn leading(text: &str) -> Option<(Param, &str)> {
    let inside = text.strip_prefix("{{")?;
    Param::ALL.into_iter().find_map(|(name, param)| Some((param, inside.strip_prefix(name)?.strip_prefix("}}")?)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn only_known_parameters_are_taken_out() {
        use Piece::{Param as P, Text};
        for (text, expected) in [
            ("", vec![]),
            ("plain", vec![Text("plain")]),
            ("{{uuid}}", vec![P(Param::Uuid)]),
            ("a {{uuid}}{{event_date}} б", vec![Text("a "), P(Param::Uuid), P(Param::EventDate), Text(" б")]),
            ("{{{uuid}}}", vec![Text("{"), P(Param::Uuid), Text("}")]),
            ("{{ {{pixel_name}} }}", vec![Text("{{ "), P(Param::PixelName), Text(" }}")]),
            ("{{uuid}", vec![Text("{{uuid}")]),
            ("{{UUID}} {{ uuid }} {{x}} {{}}", vec![Text("{{UUID}} {{ uuid }} {{x}} {{}}")]),
        ] {
            assert_eq!(pieces(text).collect::<Vec<_>>(), expected, "{text}");
        }
    }

    proptest! {
        /// Parameters put back as typed give the text again.
        #[test]
        fn nothing_is_lost(parts in prop::collection::vec("[{}a-zй_ ]{0,6}|\\{\\{(uuid|event_date|segment_name)\\}\\}", 0..12)) {
            let text = parts.concat();
            let name = |wanted: Param| Param::ALL.into_iter().find(|(_, param)| *param == wanted).unwrap().0;
            let again: String = pieces(&text)
                .map(|piece| match piece {
                    Piece::Text(typed) => typed.to_owned(),
                    Piece::Param(param) => format!("{{{{{}}}}}", name(param)),
                })
                .collect();
            prop_assert_eq!(again, text);
        }
    }
}
