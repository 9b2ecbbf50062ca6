//! The PROJ of our own, sealed: safe wrappers for the few C functions in use.
//!
//! A context can open no file: its file functions answer that there is none. What remains is the database that is compiled
//! into the library. So neither `PROJ_DATA`, `PROJ_LIB` and `proj.ini` nor installed datum grids, nor files in the working
//! folder, can change a result. Network access is off (it is not compiled in either).
#![allow(unsafe_code, reason = "PROJ is a C library; every other module of coordinates goes through this one")]

use std::{
    ffi::{CStr, CString, c_char, c_int, c_longlong, c_ulonglong, c_void},
    ptr::{self, NonNull},
};

use proj_sys as c;

/// A PROJ context; the objects made in it borrow it.
pub(super) struct Context(NonNull<c::PJ_CONTEXT>);

/// An object of PROJ: a CRS or a coordinate operation.
pub(super) struct Object<'c> {
    pointer: NonNull<c::PJ>,
    context: &'c Context,
}

/// An operation with a context of its own, so that it can move to another thread.
pub(super) struct Operation {
    pointer: NonNull<c::PJ>,
    context: Context,
}

// SAFETY: PROJ allows a context and its objects to be used by any thread, one at a time. An `Operation` is the only owner of
// both, and is not `Sync`.
unsafe impl Send for Operation {}

/// What an object is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Geographic2d,
    Geographic3d,
    Projected,
    DerivedProjected,
    Compound,
    Bound,
    Vertical,
    Engineering,
    Other,
}

/// One axis of a coordinate system.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Axis {
    /// `east`, `north`, `up`, …
    pub(super) direction: String,
    /// Factor to metres or radians.
    pub(super) unit_factor: f64,
    pub(super) unit: String,
}

impl Context {
    pub(super) fn new() -> Self {
        // SAFETY: each function takes the context just made; `SEALED` is complete and lives for ever.
        unsafe {
            let context = NonNull::new(c::proj_context_create()).expect("PROJ makes a context unless memory is out");
            c::proj_log_level(context.as_ptr(), c::PJ_LOG_LEVEL_PJ_LOG_NONE);
            // First of all: the calls after this one may look for `proj.ini`.
            assert_ne!(c::proj_context_set_fileapi(context.as_ptr(), &raw const SEALED, ptr::null_mut()), 0);
            c::proj_context_set_enable_network(context.as_ptr(), 0);
            Self(context)
        }
    }

    /// An object from any text that PROJ takes.
    pub(super) fn object(&self, text: &str) -> Option<Object<'_>> {
        let text = CString::new(text).ok()?;
        // SAFETY: a live context and a NUL-terminated string.
        self.take(unsafe { c::proj_create(self.0.as_ptr(), text.as_ptr()) })
    }

    /// The operations from one CRS to another, best first, whether or not their grids are installed; none that ignores the
    /// change of datum, and none for a smaller area than the smaller of the two CRSs is used in.
    pub(super) fn operations(&self, from: &Object<'_>, to: &Object<'_>) -> Vec<Object<'_>> {
        self.operations_for(from, to, c::PROJ_SPATIAL_CRITERION_PROJ_SPATIAL_CRITERION_STRICT_CONTAINMENT)
    }

    /// As [`Self::operations`], also those for a part of the area.
    pub(super) fn operations_for_a_part(&self, from: &Object<'_>, to: &Object<'_>) -> Vec<Object<'_>> {
        self.operations_for(from, to, c::PROJ_SPATIAL_CRITERION_PROJ_SPATIAL_CRITERION_PARTIAL_INTERSECTION)
    }

    fn operations_for(
        &self,
        from: &Object<'_>,
        to: &Object<'_>,
        criterion: c::PROJ_SPATIAL_CRITERION,
    ) -> Vec<Object<'_>> {
        let context = self.0.as_ptr();
        // SAFETY: context and objects are live; the factory context and the list are destroyed once, after their last use;
        // indices are inside the list.
        unsafe {
            let factory = c::proj_create_operation_factory_context(context, ptr::null());
            if factory.is_null() {
                return Vec::new();
            }
            c::proj_operation_factory_context_set_allow_ballpark_transformations(context, factory, 0);
            c::proj_operation_factory_context_set_spatial_criterion(context, factory, criterion);
            c::proj_operation_factory_context_set_grid_availability_use(
                context,
                factory,
                c::PROJ_GRID_AVAILABILITY_USE_PROJ_GRID_AVAILABILITY_IGNORED,
            );
            let list = c::proj_create_operations(context, from.pointer.as_ptr(), to.pointer.as_ptr(), factory);
            c::proj_operation_factory_context_destroy(factory);
            self.take_list(list)
        }
    }

    /// Version of a table of the database, such as `EPSG.VERSION`.
    pub(super) fn database(&self, key: &CStr) -> Option<String> {
        // SAFETY: a live context and a NUL-terminated string; the result is copied at once.
        unsafe { text(c::proj_context_get_database_metadata(self.0.as_ptr(), key.as_ptr())) }
    }

    fn take(&self, pointer: *mut c::PJ) -> Option<Object<'_>> {
        NonNull::new(pointer).map(|pointer| Object { pointer, context: self })
    }

    /// # Safety
    /// `list` is null or a list of this context that nobody else destroys.
    unsafe fn take_list(&self, list: *mut c::PJ_OBJ_LIST) -> Vec<Object<'_>> {
        if list.is_null() {
            return Vec::new();
        }
        // SAFETY: not null; each member is a copy that outlives the list.
        unsafe {
            let count = c::proj_list_get_count(list);
            let objects = (0..count).filter_map(|index| self.take(c::proj_list_get(self.0.as_ptr(), list, index)));
            let objects = objects.collect();
            c::proj_list_destroy(list);
            objects
        }
    }
}

impl Drop for Context {
    fn drop(&mut self) {
        // SAFETY: the objects that borrow it are gone, and an `Operation` destroys its object first.
        unsafe { c::proj_context_destroy(self.0.as_ptr()) };
    }
}

impl Object<'_> {
    fn context(&self) -> *mut c::PJ_CONTEXT {
        self.context.0.as_ptr()
    }

    pub(super) fn is_crs(&self) -> bool {
        // SAFETY: a live object.
        unsafe { c::proj_is_crs(self.pointer.as_ptr()) != 0 }
    }

    pub(super) fn kind(&self) -> Kind {
        // SAFETY: a live object.
        match unsafe { c::proj_get_type(self.pointer.as_ptr()) } {
            c::PJ_TYPE_PJ_TYPE_GEOGRAPHIC_2D_CRS => Kind::Geographic2d,
            c::PJ_TYPE_PJ_TYPE_GEOGRAPHIC_3D_CRS => Kind::Geographic3d,
            c::PJ_TYPE_PJ_TYPE_PROJECTED_CRS => Kind::Projected,
            c::PJ_TYPE_PJ_TYPE_DERIVED_PROJECTED_CRS => Kind::DerivedProjected,
            c::PJ_TYPE_PJ_TYPE_COMPOUND_CRS => Kind::Compound,
            c::PJ_TYPE_PJ_TYPE_BOUND_CRS => Kind::Bound,
            c::PJ_TYPE_PJ_TYPE_VERTICAL_CRS => Kind::Vertical,
            c::PJ_TYPE_PJ_TYPE_ENGINEERING_CRS => Kind::Engineering,
            _ => Kind::Other,
        }
    }

    pub(super) fn name(&self) -> String {
        // SAFETY: a live object; the result is copied at once.
        unsafe { text(c::proj_get_name(self.pointer.as_ptr())) }.unwrap_or_default()
    }

    /// Authority and code, such as `EPSG:4546`, if the definition carries one.
    pub(super) fn code(&self) -> Option<String> {
        // SAFETY: a live object; the results are copied at once.
        unsafe {
            let authority = text(c::proj_get_id_auth_name(self.pointer.as_ptr(), 0))?;
            let code = text(c::proj_get_id_code(self.pointer.as_ptr(), 0))?;
            Some(format!("{authority}:{code}"))
        }
    }

    pub(super) fn wkt(&self) -> Option<String> {
        let options = [c"MULTILINE=NO".as_ptr(), ptr::null()];
        // SAFETY: a live object and a null-terminated list; the result is copied at once.
        unsafe {
            let kind = c::PJ_WKT_TYPE_PJ_WKT2_2019;
            text(c::proj_as_wkt(self.context(), self.pointer.as_ptr(), kind, options.as_ptr()))
        }
    }

    /// The operation as a PROJ pipeline; `None` for what cannot be written so.
    pub(super) fn pipeline(&self) -> Option<String> {
        // SAFETY: a live object; the result is copied at once.
        unsafe {
            let kind = c::PJ_PROJ_STRING_TYPE_PJ_PROJ_5;
            text(c::proj_as_proj_string(self.context(), self.pointer.as_ptr(), kind, ptr::null()))
        }
    }

    /// Part of a compound CRS.
    pub(super) fn sub_crs(&self, index: c_int) -> Option<Self> {
        // SAFETY: live context and object; an index that is not there gives null.
        self.context.take(unsafe { c::proj_crs_get_sub_crs(self.context(), self.pointer.as_ptr(), index) })
    }

    /// The CRS that a bound or projected CRS is made of.
    pub(super) fn source_crs(&self) -> Option<Self> {
        // SAFETY: live context and object.
        self.context.take(unsafe { c::proj_get_source_crs(self.context(), self.pointer.as_ptr()) })
    }

    /// The geographic CRS that a CRS is made of; itself if it is one.
    pub(super) fn geodetic(&self) -> Option<Self> {
        // SAFETY: live context and object.
        self.context.take(unsafe { c::proj_crs_get_geodetic_crs(self.context(), self.pointer.as_ptr()) })
    }

    /// Semi-major and semi-minor axis of the ellipsoid, metres.
    pub(super) fn ellipsoid_m(&self) -> Option<(f64, f64)> {
        let (mut a_m, mut b_m) = (0.0, 0.0);
        // SAFETY: live context and objects; null stands for what is not asked for.
        let found = unsafe {
            let ellipsoid = self.context.take(c::proj_get_ellipsoid(self.context(), self.pointer.as_ptr()))?;
            c::proj_ellipsoid_get_parameters(
                self.context(),
                ellipsoid.pointer.as_ptr(),
                &raw mut a_m,
                &raw mut b_m,
                ptr::null_mut(),
                ptr::null_mut(),
            )
        };
        (found != 0 && a_m > 0.0 && b_m > 0.0).then_some((a_m, b_m))
    }

    /// The same CRS without heights.
    pub(super) fn without_heights(&self) -> Option<Self> {
        // SAFETY: live context and object; null means: keep the name.
        self.context.take(unsafe { c::proj_crs_demote_to_2D(self.context(), ptr::null(), self.pointer.as_ptr()) })
    }

    /// The same CRS or operation with east before north.
    pub(super) fn east_first(&self) -> Option<Self> {
        // SAFETY: live context and object.
        self.context.take(unsafe { c::proj_normalize_for_visualization(self.context(), self.pointer.as_ptr()) })
    }

    /// Whether two CRSs mean the same places by the same numbers, east first.
    pub(super) fn equivalent(&self, other: &Object<'_>) -> bool {
        let criterion = c::PJ_COMPARISON_CRITERION_PJ_COMP_EQUIVALENT_EXCEPT_AXIS_ORDER_GEOGCRS;
        // SAFETY: live context and objects.
        unsafe {
            let (a, b) = (self.pointer.as_ptr(), other.pointer.as_ptr());
            c::proj_is_equivalent_to_with_ctx(self.context(), a, b, criterion) != 0
        }
    }

    /// CRSs of the database that are equivalent to this one, with the confidence (%) of each.
    pub(super) fn identified(&self) -> Vec<(Self, i32)> {
        let mut confidence: *mut c_int = ptr::null_mut();
        // SAFETY: live context and object; `confidence` receives an array as long as the list, which is copied and freed.
        unsafe {
            let pointer = self.pointer.as_ptr();
            let list = c::proj_identify(self.context(), pointer, c"EPSG".as_ptr(), ptr::null(), &raw mut confidence);
            let objects = self.context.take_list(list);
            if confidence.is_null() {
                return Vec::new();
            }
            let found =
                objects.into_iter().enumerate().map(|(index, object)| (object, *confidence.add(index))).collect();
            c::proj_int_list_destroy(confidence);
            found
        }
    }

    pub(super) fn axes(&self) -> Vec<Axis> {
        // SAFETY: live context and objects; indices are inside the system; strings are copied while it lives.
        unsafe {
            let system = c::proj_crs_get_coordinate_system(self.context(), self.pointer.as_ptr());
            let Some(system) = self.context.take(system) else { return Vec::new() };
            let count = c::proj_cs_get_axis_count(self.context(), system.pointer.as_ptr());
            let axis = |index| {
                let (mut direction, mut unit, mut unit_factor) = (ptr::null(), ptr::null(), 0.0);
                let (name, abbreviation) = (ptr::null_mut(), ptr::null_mut());
                let done = c::proj_cs_get_axis_info(
                    self.context(),
                    system.pointer.as_ptr(),
                    index,
                    name,
                    abbreviation,
                    &raw mut direction,
                    &raw mut unit_factor,
                    &raw mut unit,
                    ptr::null_mut(),
                    ptr::null_mut(),
                );
                (done != 0).then(|| Axis {
                    direction: text(direction).unwrap_or_default(),
                    unit_factor,
                    unit: text(unit).unwrap_or_default(),
                })
            };
            (0..count).filter_map(axis).collect()
        }
    }

    /// Area in the projection over area on the ellipsoid, at a place in radians; `None` where it is not defined.
    pub(super) fn areal_scale(&self, lon_rad: f64, lat_rad: f64) -> Option<f64> {
        let place = c::PJ_COORD { v: [lon_rad, lat_rad, 0.0, 0.0] };
        // SAFETY: a live object and a plain value.
        let scale = unsafe { c::proj_factors(self.pointer.as_ptr(), place) }.areal_scale;
        (scale.is_finite() && scale > 0.0).then_some(scale)
    }

    pub(super) fn is_instantiable(&self) -> bool {
        // SAFETY: live context and object.
        unsafe { c::proj_coordoperation_is_instantiable(self.context(), self.pointer.as_ptr()) != 0 }
    }

    pub(super) fn is_ballpark(&self) -> bool {
        // SAFETY: live context and object.
        unsafe { c::proj_coordoperation_has_ballpark_transformation(self.context(), self.pointer.as_ptr()) != 0 }
    }

    pub(super) fn needs_time(&self) -> bool {
        // SAFETY: live context and object.
        unsafe { c::proj_coordoperation_requires_per_coordinate_input_time(self.context(), self.pointer.as_ptr()) != 0 }
    }

    /// Accuracy that the authority states, metres.
    pub(super) fn accuracy_m(&self) -> Option<f64> {
        // SAFETY: live context and object.
        let accuracy = unsafe { c::proj_coordoperation_get_accuracy(self.context(), self.pointer.as_ptr()) };
        (accuracy >= 0.0).then_some(accuracy)
    }

    /// Names of the datum grids that an operation needs.
    pub(super) fn grids(&self) -> Vec<String> {
        // SAFETY: live context and object; indices are inside the list; the name is copied at once, and null stands for what
        // is not asked for.
        unsafe {
            let count = c::proj_coordoperation_get_grid_used_count(self.context(), self.pointer.as_ptr());
            let name = |index| {
                let mut name = ptr::null();
                c::proj_coordoperation_get_grid_used(
                    self.context(),
                    self.pointer.as_ptr(),
                    index,
                    &raw mut name,
                    ptr::null_mut(),
                    ptr::null_mut(),
                    ptr::null_mut(),
                    ptr::null_mut(),
                    ptr::null_mut(),
                    ptr::null_mut(),
                );
                text(name)
            };
            (0..count).filter_map(name).collect()
        }
    }

    /// The operation in a context of its own.
    pub(super) fn detached(&self) -> Option<Operation> {
        Operation::copied(self.pointer)
    }
}

impl Drop for Object<'_> {
    fn drop(&mut self) {
        // SAFETY: owned, and its context is still there.
        unsafe { c::proj_destroy(self.pointer.as_ptr()) };
    }
}

impl Operation {
    fn copied(pointer: NonNull<c::PJ>) -> Option<Self> {
        let context = Context::new();
        // SAFETY: a live object, copied into a live context.
        let pointer = NonNull::new(unsafe { c::proj_clone(context.0.as_ptr(), pointer.as_ptr()) })?;
        Some(Self { pointer, context })
    }

    /// A copy for another thread.
    pub(super) fn another(&self) -> Option<Self> {
        Self::copied(self.pointer)
    }

    /// Transforms every point in place; what cannot be transformed becomes infinite.
    pub(super) fn transform(&self, points: &mut [(f64, f64)]) {
        let stride = size_of::<(f64, f64)>();
        let count = points.len();
        let Some(first) = points.first_mut() else { return };
        let (x, y) = (&raw mut first.0, &raw mut first.1);
        // SAFETY: `count` points lie `stride` apart from x and y on, and are borrowed exclusively; there are no heights.
        unsafe { self.transform_raw(count, stride, (x, y, ptr::null_mut())) }
    }

    /// The same with heights.
    pub(super) fn transform_space(&self, points: &mut [[f64; 3]]) {
        let stride = size_of::<[f64; 3]>();
        let count = points.len();
        let Some([x, y, z]) = points.first_mut() else { return };
        // SAFETY: `count` points lie `stride` apart from x, y and z on, and are borrowed exclusively.
        unsafe { self.transform_raw(count, stride, (x, y, z)) }
    }

    /// # Safety
    /// Behind x and y, and behind z unless it is null, `count` numbers lie `stride` bytes apart, borrowed exclusively.
    unsafe fn transform_raw(&self, count: usize, stride: usize, (x, y, z): (*mut f64, *mut f64, *mut f64)) {
        let heights = if z.is_null() { (0, 0) } else { (stride, count) };
        // SAFETY: promised by the caller; times are absent. The operation is used by this thread alone (it is not `Sync`).
        unsafe {
            c::proj_errno_reset(self.pointer.as_ptr());
            c::proj_trans_generic(
                self.pointer.as_ptr(),
                c::PJ_DIRECTION_PJ_FWD,
                x,
                stride,
                count,
                y,
                stride,
                count,
                z,
                heights.0,
                heights.1,
                ptr::null_mut(),
                0,
                0,
            );
        }
    }
}

impl Drop for Operation {
    fn drop(&mut self) {
        // SAFETY: owned; the context goes after it.
        unsafe { c::proj_destroy(self.pointer.as_ptr()) };
        let _ = &self.context;
    }
}

/// Version of the library, such as `9.6.2`.
pub(crate) fn version() -> String {
    // SAFETY: `version` is a string literal of the library.
    unsafe { text(c::proj_info().version) }.unwrap_or_default()
}

/// Version of the EPSG dataset in the database that is compiled in, such as `v12.013`.
pub(crate) fn epsg_version() -> String {
    Context::new().database(c"EPSG.VERSION").unwrap_or_default()
}

/// # Safety
/// `pointer` is null or a NUL-terminated string that lives until the end of this call.
unsafe fn text(pointer: *const c_char) -> Option<String> {
    // SAFETY: promised by the caller.
    (!pointer.is_null()).then(|| unsafe { CStr::from_ptr(pointer) }.to_string_lossy().into_owned())
}

/// File functions by which there is no file.
static SEALED: c::PROJ_FILE_API = c::PROJ_FILE_API {
    version: 1,
    open_cbk: Some(open),
    read_cbk: Some(read),
    write_cbk: Some(write),
    seek_cbk: Some(seek),
    tell_cbk: Some(tell),
    close_cbk: Some(close),
    exists_cbk: Some(no_path),
    mkdir_cbk: Some(no_path),
    unlink_cbk: Some(no_path),
    rename_cbk: Some(no_rename),
};

type Ctx = *mut c::PJ_CONTEXT;
type File = *mut c::PROJ_FILE_HANDLE;

unsafe extern "C" fn open(_: Ctx, _: *const c_char, _: c::PROJ_OPEN_ACCESS, _: *mut c_void) -> File {
    ptr::null_mut()
}

unsafe extern "C" fn read(_: Ctx, _: File, _: *mut c_void, _: usize, _: *mut c_void) -> usize {
    0
}

unsafe extern "C" fn write(_: Ctx, _: File, _: *const c_void, _: usize, _: *mut c_void) -> usize {
    0
}

unsafe extern "C" fn seek(_: Ctx, _: File, _: c_longlong, _: c_int, _: *mut c_void) -> c_int {
    0
}

unsafe extern "C" fn tell(_: Ctx, _: File, _: *mut c_void) -> c_ulonglong {
    0
}

unsafe extern "C" fn close(_: Ctx, _: File, _: *mut c_void) {}

unsafe extern "C" fn no_path(_: Ctx, _: *const c_char, _: *mut c_void) -> c_int {
    0
}

unsafe extern "C" fn no_rename(_: Ctx, _: *const c_char, _: *const c_char, _: *mut c_void) -> c_int {
    0
}
