//! PROJ's C functions, wrapped: objects own their memory, strings are copied, failures are `None`.
//!
//! Every context is our own, without the network and with a search path on which nothing can lie, so that neither an
//! environment variable nor an installed grid or database has a say; the database is the one built in.
#![allow(unsafe_code, reason = "the proj crate does not show the operations that PROJ chooses from")]

use std::{
    ffi::{CStr, CString, c_char, c_int},
    ptr::{self, NonNull},
};

use proj_sys::{PJ, PJ_CONTEXT, PJ_COORD, PJ_OBJ_LIST, PJ_XYZT};

/// PROJ's version.
pub(crate) fn version() -> String {
    // SAFETY: returns a struct of pointers to static strings.
    let info = unsafe { proj_sys::proj_info() };
    text(info.version).unwrap_or_default()
}

fn text(pointer: *const c_char) -> Option<String> {
    if pointer.is_null() {
        return None;
    }
    // SAFETY: not null, and PROJ's strings are NUL-terminated and live as long as the object they were asked of, which
    // the caller holds.
    Some(unsafe { CStr::from_ptr(pointer) }.to_string_lossy().into_owned())
}

/// A context of PROJ: used by one thread at a time.
#[derive(Debug)]
pub(crate) struct Context(NonNull<PJ_CONTEXT>);

impl Context {
    pub(crate) fn new() -> Self {
        // Nothing can lie below a file, so nothing is found there, whatever the system.
        let nowhere = std::env::current_exe().unwrap_or_default().join("nothing");
        let nowhere = CString::new(nowhere.to_string_lossy().into_owned()).unwrap_or_default();
        // SAFETY: a new context is owned by us; the path outlives the calls, which copy it.
        unsafe {
            let context = NonNull::new(proj_sys::proj_context_create()).expect("PROJ makes a context unless memory is out");
            let paths = [nowhere.as_ptr()];
            proj_sys::proj_context_set_search_paths(context.as_ptr(), 1, paths.as_ptr());
            proj_sys::proj_context_set_user_writable_directory(context.as_ptr(), nowhere.as_ptr(), 0);
            proj_sys::proj_context_set_enable_network(context.as_ptr(), 0);
            proj_sys::proj_log_level(context.as_ptr(), proj_sys::PJ_LOG_LEVEL_PJ_LOG_NONE);
            Self(context)
        }
    }

    fn own(&self, pointer: *mut PJ) -> Option<Object> {
        NonNull::new(pointer).map(Object)
    }

    /// An object from a code, WKT or PROJJSON.
    pub(crate) fn create(&self, definition: &str) -> Option<Object> {
        let definition = CString::new(definition).ok()?;
        // SAFETY: context and string are alive; the result is owned by us.
        self.own(unsafe { proj_sys::proj_create(self.0.as_ptr(), definition.as_ptr()) })
    }

    pub(crate) fn sub_crs(&self, object: &Object, index: c_int) -> Option<Object> {
        // SAFETY: both are alive; the result is owned by us.
        self.own(unsafe { proj_sys::proj_crs_get_sub_crs(self.0.as_ptr(), object.0.as_ptr(), index) })
    }

    pub(crate) fn source_crs(&self, object: &Object) -> Option<Object> {
        // SAFETY: both are alive; the result is owned by us.
        self.own(unsafe { proj_sys::proj_get_source_crs(self.0.as_ptr(), object.0.as_ptr()) })
    }

    pub(crate) fn wkt(&self, object: &Object) -> Option<String> {
        let options = [c"MULTILINE=NO".as_ptr(), ptr::null()];
        // SAFETY: all pointers are alive; the result belongs to the object and is copied at once.
        text(unsafe {
            proj_sys::proj_as_wkt(
                self.0.as_ptr(),
                object.0.as_ptr(),
                proj_sys::PJ_WKT_TYPE_PJ_WKT2_2019,
                options.as_ptr(),
            )
        })
    }

    /// The EPSG code of an object that does not carry one but is, in every respect, one that EPSG lists.
    pub(crate) fn identify(&self, object: &Object) -> Option<String> {
        let mut confidence: *mut c_int = ptr::null_mut();
        // SAFETY: all pointers are alive; list and confidences are owned by us and freed below.
        unsafe {
            let found = proj_sys::proj_identify(
                self.0.as_ptr(),
                object.0.as_ptr(),
                c"EPSG".as_ptr(),
                ptr::null(),
                &raw mut confidence,
            );
            let found = List(NonNull::new(found)?);
            let sure = !confidence.is_null() && found.len() > 0 && *confidence == 100;
            if !confidence.is_null() {
                proj_sys::proj_int_list_destroy(confidence);
            }
            if !sure {
                return None;
            }
            self.own(proj_sys::proj_list_get(self.0.as_ptr(), found.0.as_ptr(), 0))?.code()
        }
    }

    /// Name of the unit and metres in it, direction, of each axis.
    pub(crate) fn axes(&self, object: &Object) -> Vec<(String, f64, String)> {
        // SAFETY: all pointers are alive; what is returned as text belongs to the coordinate system and is copied.
        unsafe {
            let system = proj_sys::proj_crs_get_coordinate_system(self.0.as_ptr(), object.0.as_ptr());
            let Some(system) = self.own(system) else { return Vec::new() };
            let count = proj_sys::proj_cs_get_axis_count(self.0.as_ptr(), system.0.as_ptr());
            (0..count)
                .map(|axis| {
                    let (mut direction, mut unit, mut factor) = (ptr::null(), ptr::null(), f64::NAN);
                    proj_sys::proj_cs_get_axis_info(
                        self.0.as_ptr(),
                        system.0.as_ptr(),
                        axis,
                        ptr::null_mut(),
                        ptr::null_mut(),
                        &raw mut direction,
                        &raw mut factor,
                        &raw mut unit,
                        ptr::null_mut(),
                        ptr::null_mut(),
                    );
                    (text(unit).unwrap_or_default(), factor, text(direction).unwrap_or_default())
                })
                .collect()
        }
    }

    /// Whether two CRSs mean the same places, whatever the order of their axes.
    pub(crate) fn equivalent(&self, a: &Object, b: &Object) -> bool {
        // SAFETY: all pointers are alive.
        unsafe {
            proj_sys::proj_is_equivalent_to_with_ctx(
                self.0.as_ptr(),
                a.0.as_ptr(),
                b.0.as_ptr(),
                proj_sys::PJ_COMPARISON_CRITERION_PJ_COMP_EQUIVALENT_EXCEPT_AXIS_ORDER_GEOGCRS,
            ) != 0
        }
    }

    /// The operations between two CRSs, best first, whether their grids are there or not; no ballpark ones.
    pub(crate) fn operations(&self, from: &Object, to: &Object) -> Vec<Object> {
        // SAFETY: all pointers are alive; factory and list are owned by us and freed.
        unsafe {
            let factory = proj_sys::proj_create_operation_factory_context(self.0.as_ptr(), ptr::null());
            if factory.is_null() {
                return Vec::new();
            }
            proj_sys::proj_operation_factory_context_set_spatial_criterion(
                self.0.as_ptr(),
                factory,
                proj_sys::PROJ_SPATIAL_CRITERION_PROJ_SPATIAL_CRITERION_PARTIAL_INTERSECTION,
            );
            proj_sys::proj_operation_factory_context_set_grid_availability_use(
                self.0.as_ptr(),
                factory,
                proj_sys::PROJ_GRID_AVAILABILITY_USE_PROJ_GRID_AVAILABILITY_IGNORED,
            );
            proj_sys::proj_operation_factory_context_set_allow_ballpark_transformations(self.0.as_ptr(), factory, 0);
            let found = proj_sys::proj_create_operations(self.0.as_ptr(), from.0.as_ptr(), to.0.as_ptr(), factory);
            proj_sys::proj_operation_factory_context_destroy(factory);
            let Some(found) = NonNull::new(found).map(List) else { return Vec::new() };
            (0..found.len())
                .filter_map(|index| self.own(proj_sys::proj_list_get(self.0.as_ptr(), found.0.as_ptr(), index)))
                .filter(|operation| {
                    proj_sys::proj_coordoperation_has_ballpark_transformation(self.0.as_ptr(), operation.0.as_ptr()) == 0
                })
                .collect()
        }
    }

    /// Names of the grids that an operation needs and that are not there.
    pub(crate) fn missing_grids(&self, operation: &Object) -> Vec<String> {
        // SAFETY: all pointers are alive; the name belongs to the operation and is copied.
        unsafe {
            let count = proj_sys::proj_coordoperation_get_grid_used_count(self.0.as_ptr(), operation.0.as_ptr());
            (0..count)
                .filter_map(|index| {
                    let (mut name, mut available) = (ptr::null(), 0);
                    proj_sys::proj_coordoperation_get_grid_used(
                        self.0.as_ptr(),
                        operation.0.as_ptr(),
                        index,
                        &raw mut name,
                        ptr::null_mut(),
                        ptr::null_mut(),
                        ptr::null_mut(),
                        ptr::null_mut(),
                        ptr::null_mut(),
                        &raw mut available,
                    );
                    (available == 0).then(|| text(name)).flatten()
                })
                .collect()
        }
    }

    pub(crate) fn is_usable(&self, operation: &Object) -> bool {
        // SAFETY: both are alive.
        unsafe { proj_sys::proj_coordoperation_is_instantiable(self.0.as_ptr(), operation.0.as_ptr()) != 0 }
    }

    /// Metres, where stated.
    pub(crate) fn accuracy_m(&self, operation: &Object) -> Option<f64> {
        // SAFETY: both are alive.
        let found = unsafe { proj_sys::proj_coordoperation_get_accuracy(self.0.as_ptr(), operation.0.as_ptr()) };
        (found >= 0.0).then_some(found)
    }

    /// The operation with east before north on both sides.
    pub(crate) fn east_first(&self, operation: &Object) -> Option<Object> {
        // SAFETY: both are alive; the result is owned by us.
        self.own(unsafe { proj_sys::proj_normalize_for_visualization(self.0.as_ptr(), operation.0.as_ptr()) })
    }
}

impl Drop for Context {
    fn drop(&mut self) {
        // SAFETY: owned, and objects made with it are dropped before it (fields of one struct in that order, or scope).
        unsafe { proj_sys::proj_context_destroy(self.0.as_ptr()) };
    }
}

// SAFETY: a context may be used by any thread as long as it is one at a time, which `&mut`-free use without `Sync` gives.
unsafe impl Send for Context {}

struct List(NonNull<PJ_OBJ_LIST>);

impl List {
    fn len(&self) -> c_int {
        // SAFETY: the list is alive.
        unsafe { proj_sys::proj_list_get_count(self.0.as_ptr()) }
    }
}

impl Drop for List {
    fn drop(&mut self) {
        // SAFETY: owned.
        unsafe { proj_sys::proj_list_destroy(self.0.as_ptr()) };
    }
}

/// What an object is, as far as it matters here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Geographic,
    Projected,
    Compound,
    Bound,
    OtherCrs,
    NoCrs,
}

/// A CRS or an operation. Must not outlive its context.
#[derive(Debug)]
pub(crate) struct Object(NonNull<PJ>);

impl Object {
    pub(crate) fn kind(&self) -> Kind {
        // SAFETY: the object is alive.
        let (kind, is_crs) =
            unsafe { (proj_sys::proj_get_type(self.0.as_ptr()), proj_sys::proj_is_crs(self.0.as_ptr()) != 0) };
        match kind {
            proj_sys::PJ_TYPE_PJ_TYPE_GEOGRAPHIC_2D_CRS | proj_sys::PJ_TYPE_PJ_TYPE_GEOGRAPHIC_3D_CRS => Kind::Geographic,
            proj_sys::PJ_TYPE_PJ_TYPE_PROJECTED_CRS => Kind::Projected,
            proj_sys::PJ_TYPE_PJ_TYPE_COMPOUND_CRS => Kind::Compound,
            proj_sys::PJ_TYPE_PJ_TYPE_BOUND_CRS => Kind::Bound,
            _ if is_crs => Kind::OtherCrs,
            _ => Kind::NoCrs,
        }
    }

    pub(crate) fn name(&self) -> String {
        // SAFETY: the object is alive; the name belongs to it and is copied.
        text(unsafe { proj_sys::proj_get_name(self.0.as_ptr()) }).unwrap_or_default()
    }

    /// Authority and code, such as `EPSG:4546`.
    pub(crate) fn code(&self) -> Option<String> {
        // SAFETY: the object is alive; the strings belong to it and are copied.
        unsafe {
            let authority = text(proj_sys::proj_get_id_auth_name(self.0.as_ptr(), 0))?;
            let code = text(proj_sys::proj_get_id_code(self.0.as_ptr(), 0))?;
            Some(format!("{authority}:{code}"))
        }
    }

    /// Transforms one point; `None` where PROJ gives none.
    pub(crate) fn forward(&self, x: f64, y: f64) -> Option<(f64, f64)> {
        // SAFETY: the object is alive and used by one thread at a time; a coordinate is four doubles in every view.
        unsafe {
            proj_sys::proj_errno_reset(self.0.as_ptr());
            let point = PJ_COORD { xyzt: PJ_XYZT { x, y, z: 0.0, t: f64::INFINITY } };
            let moved = proj_sys::proj_trans(self.0.as_ptr(), proj_sys::PJ_DIRECTION_PJ_FWD, point).xyzt;
            let failed = proj_sys::proj_errno(self.0.as_ptr()) != 0;
            (!failed && moved.x.is_finite() && moved.y.is_finite()).then_some((moved.x, moved.y))
        }
    }
}

impl Drop for Object {
    fn drop(&mut self) {
        // SAFETY: owned.
        unsafe { proj_sys::proj_destroy(self.0.as_ptr()) };
    }
}

// SAFETY: as for `Context`.
unsafe impl Send for Object {}
